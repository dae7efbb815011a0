import { createAwsProvider } from '@machinepool/provider-aws'
import nock from 'nock'
import { afterEach, describe, expect, test } from 'vitest'

import { ioOf, poolOf } from './pool.ts'
import { endReplay } from './replayed-aws.ts'

afterEach(endReplay)

type Service = 'autoscaling' | 'ec2'

/** Error bodies as both services write them. */
function envelope(service: Service, code: string, message = 'no'): string {
  return service === 'ec2'
    ? `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>r-1</RequestID></Response>`
    : `<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">\n  <Error>\n    <Type>Sender</Type>\n    <Code>${code}</Code>\n    <Message>${message}</Message>\n  </Error>\n  <RequestId>r-1</RequestId>\n</ErrorResponse>\n`
}

interface Wire {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What an observation says when one of the services answers everything in this way. */
async function observed(service: Service, { status, body, headers }: Wire) {
  nock.disableNetConnect()
  nock(`https://${service}.us-east-1.amazonaws.com`)
    .persist()
    .post('/')
    .reply(status, body, { 'content-type': 'text/xml', ...headers })
  const other = service === 'ec2' ? 'autoscaling' : 'ec2'
  nock(`https://${other}.us-east-1.amazonaws.com`)
    .persist()
    .post('/')
    .reply(
      200,
      '<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups/></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>',
    )
  const provider = createAwsProvider({ credentials: { accessKeyId: 'a', secretAccessKey: 's' } })
  try {
    return await provider.machinePool.observe(poolOf(), ioOf()).then(
      () => 'an answer',
      (error: unknown) => error,
    )
  } finally {
    await provider.close()
  }
}

describe.each<Service>(['autoscaling', 'ec2'])('%s refuses', (service) => {
  test.each([
    ['Throttling', 400, 'Throttled'],
    ['Throttling', 503, 'Throttled'],
    ['ThrottlingException', 400, 'Throttled'],
    ['RequestLimitExceeded', 503, 'Throttled'],
    ['RequestThrottled', 400, 'Throttled'],
    ['TooManyRequestsException', 429, 'Throttled'],
    ['BandwidthLimitExceeded', 509, 'Throttled'],
    ['ExpiredToken', 403, 'Unauthenticated'],
    ['ExpiredTokenException', 400, 'Unauthenticated'],
    ['RequestExpired', 400, 'Unauthenticated'],
    ['AuthFailure', 401, 'Unauthenticated'],
    ['AuthFailure', 403, 'Unauthenticated'],
    ['InvalidClientTokenId', 403, 'Unauthenticated'],
    ['UnrecognizedClientException', 403, 'Unauthenticated'],
    ['SignatureDoesNotMatch', 403, 'Unauthenticated'],
    ['InvalidSignatureException', 403, 'Unauthenticated'],
    ['MissingAuthenticationToken', 403, 'Unauthenticated'],
    ['UnauthorizedOperation', 403, 'PermissionDenied'],
    ['AccessDenied', 403, 'PermissionDenied'],
    ['AccessDeniedException', 400, 'PermissionDenied'],
    ['OptInRequired', 403, 'PermissionDenied'],
    ['Blocked', 403, 'PermissionDenied'],
    ['InternalError', 500, 'Unavailable'],
    ['InternalFailure', 500, 'Unavailable'],
    ['ServiceUnavailable', 503, 'Unavailable'],
    ['Unavailable', 503, 'Unavailable'],
    ['RequestTimeout', 408, 'Unavailable'],
    ['RequestTimeoutException', 400, 'Unavailable'],
    ['SomethingNewError', 500, 'Unavailable'],
    ['ResourceContention', 500, 'Conflict'],
    ['ResourceContentionFault', 500, 'Conflict'],
  ])('%s with status %d as %s', async (code, status, expected) => {
    expect(await observed(service, { status, body: envelope(service, code) })).toMatchObject({ code: expected })
  })

  test('UnauthorizedOperation without its encoded message, which says nothing to people', async () => {
    const encoded = 'A1b2'.repeat(200)
    const message = `You are not authorized to perform this operation. Encoded authorization failure message: ${encoded}`
    const error = await observed(service, { status: 403, body: envelope(service, 'UnauthorizedOperation', message) })
    expect(error).toMatchObject({ code: 'PermissionDenied' })
    expect((error as Error).message.length).toBeLessThan(600)
  })
})

describe.each<Service>(['autoscaling', 'ec2'])('%s answers with what is no answer of AWS', (service) => {
  test.each<[string, Wire, string]>([
    ['an empty 500', { status: 500, body: '' }, 'Unavailable'],
    ['an empty 503', { status: 503, body: '' }, 'Unavailable'],
    ['an empty 502', { status: 502, body: '' }, 'Unavailable'],
    [
      'the page of a load balancer',
      {
        status: 503,
        body: '<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503</h1></center>\r\n<hr>\r\n</body>\r\n</html>\r\n',
        headers: { 'content-type': 'text/html' },
      },
      'Unavailable',
    ],
    ['HTML that is no XML', { status: 502, body: '<html><body><hr>Bad Gateway<br></body></html>' }, 'Unavailable'],
    ['plain text', { status: 504, body: 'upstream request timeout' }, 'Unavailable'],
    ['half an answer', { status: 200, body: '<DescribeAutoScalingGroupsResponse><DescribeAuto' }, 'Unavailable'],
    [
      'a proxy that wants a password',
      { status: 407, body: '<html><h1>Proxy Authentication Required</h1></html>' },
      'Unauthenticated',
    ],
    ['an empty 403', { status: 403, body: '' }, 'PermissionDenied'],
    ['an empty 401', { status: 401, body: '' }, 'Unauthenticated'],
    ['an empty 429', { status: 429, body: '' }, 'Throttled'],
  ])('%s', async (_name, wire, expected) => {
    expect(await observed(service, wire)).toMatchObject({ code: expected })
  })

  test('a pause that is asked for is passed on', async () => {
    const wire = { status: 503, body: envelope(service, 'RequestLimitExceeded'), headers: { 'retry-after': '7' } }
    expect(await observed(service, wire)).toMatchObject({ code: 'Throttled', retryAfterMs: 7_000 })
  })
})
