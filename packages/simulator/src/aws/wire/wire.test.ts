import { expect, test } from 'vitest'

import { AwsError } from '../error.ts'
import type { ServiceModel } from './model.ts'
import { readQuery } from './read-query.ts'
import { writeXml, writeXmlError } from './write-xml.ts'

const shapes: ServiceModel['shapes'] = {
  Request: {
    type: 'structure',
    members: {
      Name: { shape: 'String' },
      Count: { shape: 'Small' },
      Names: { shape: 'Strings', locationName: 'name' },
      Tags: { shape: 'Tags', locationName: 'Tag' },
      On: { shape: 'Boolean' },
    },
    required: ['Name'],
  },
  Response: {
    type: 'structure',
    members: { Names: { shape: 'Strings', locationName: 'nameSet' }, At: { shape: 'Time' } },
  },
  String: { type: 'string' },
  Small: { type: 'integer', min: 0, max: 9 },
  Boolean: { type: 'boolean' },
  Time: { type: 'timestamp' },
  Strings: { type: 'list', member: { shape: 'String', locationName: 'item' } },
  Tags: { type: 'list', member: { shape: 'Tag', locationName: 'item' } },
  Tag: { type: 'structure', members: { Key: { shape: 'String' } } },
}
const model = (protocol: string): ServiceModel => ({
  metadata: { protocol, apiVersion: '2020-01-01', xmlNamespace: 'urn:test' },
  operations: { Act: { input: 'Request', output: 'Response' }, Void: {} },
  shapes,
})
const query = model('query')
const ec2 = model('ec2')
const read = (service: ServiceModel, text: string) => readQuery(service, 'Request', new URLSearchParams(text))
const codeOf = (act: () => unknown) => {
  try {
    act()
  } catch (error) {
    return (error as AwsError).code
  }
  return undefined
}

test('a query request nests by dots and lists by member', () => {
  expect(read(query, 'Action=Act&Version=1&Name=a&Count=3&On=true&Tag.item.2.Key=y&Tag.item.1.Key=x')).toEqual({
    Name: 'a',
    Count: 3,
    On: true,
    Tags: [{ Key: 'x' }, { Key: 'y' }],
  })
})

test('an ec2 request has flat lists and capital names', () => {
  expect(read(ec2, 'Name=a&Name.1=x')).toMatchObject({ Name: 'a', Names: ['x'] })
  expect(read(ec2, 'Tag.1.Key=x&Tag.10.Key=z&Tag.9.Key=y&Name=a')).toMatchObject({
    Tags: [{ Key: 'x' }, { Key: 'y' }, { Key: 'z' }],
  })
})

test.each([
  ['Count=3', 'ValidationError', 'MissingParameter'],
  ['Name=a&Other=b', 'ValidationError', 'UnknownParameter'],
  ['Name=a&Count=ten', 'ValidationError', 'InvalidParameterValue'],
  ['Name=a&Count=10', 'ValidationError', 'InvalidParameterValue'],
  ['Name=a&On=perhaps', 'ValidationError', 'InvalidParameterValue'],
])('%s is refused', (text, queryCode, ec2Code) => {
  expect([codeOf(() => read(query, text)), codeOf(() => read(ec2, text))]).toEqual([queryCode, ec2Code])
})

test('answers carry escaped values, times and the envelope of the protocol', () => {
  const output = { Names: ['<a&b>'], At: 0, Missing: undefined }
  expect(writeXml(query, 'Act', output, 'id')).toContain(
    '<ActResult><nameSet><item>&lt;a&amp;b&gt;</item></nameSet><At>1970-01-01T00:00:00.000Z</At></ActResult>',
  )
  expect(writeXml(ec2, 'Act', output, 'id')).toContain('<requestId>id</requestId><nameSet>')
  expect(writeXml(ec2, 'Void', {}, 'id')).toContain('<return>true</return>')
})

test('a member that the model lacks is a mistake', () => {
  expect(() => writeXml(query, 'Act', { Nmaes: [] }, 'id')).toThrow('Act.Nmaes is not in the service model')
})

test('errors carry code and message where each protocol looks for them', () => {
  const error = new AwsError('Throttling', 'Rate exceeded')
  expect(writeXmlError(query, error, 'id')).toContain(
    '<Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error>',
  )
  expect(writeXmlError(ec2, error, 'id')).toContain('<Response><Errors><Error><Code>Throttling</Code>')
})
