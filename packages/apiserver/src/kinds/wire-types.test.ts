import { describe, expect, test } from 'vitest'

import type { JsonObject } from '../json.ts'
import { builtinShapes } from './builtin/shapes.ts'
import { conformToShape } from './wire-types.ts'

function conformed(kind: string, object: JsonObject): JsonObject {
  conformToShape(object, kind, builtinShapes)
  return object
}

describe('objects of built-in kinds', () => {
  test('lose what means nothing and keep what does', () => {
    expect(
      conformed('Pod', {
        metadata: { labels: {}, finalizers: [] },
        spec: {
          containers: [{ name: 'c', args: [], env: [], resources: { limits: { memory: '1024Mi', cpu: 1 } } }],
          nodeName: '',
          hostNetwork: false,
          securityContext: {},
          volumes: [{ name: 'v', emptyDir: {} }],
          priority: 0,
          nodeSelector: {},
          tolerations: null,
        },
      }),
    ).toEqual({
      metadata: { labels: {}, finalizers: [] },
      spec: {
        containers: [{ name: 'c', resources: { limits: { memory: '1Gi', cpu: '1' } } }],
        securityContext: {},
        volumes: [{ name: 'v', emptyDir: {} }],
        priority: 0,
      },
    })
  })

  test.each<[string, JsonObject, string]>([
    [
      'ConfigMap',
      { data: { a: 1 } },
      'json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    [
      'ConfigMap',
      { data: [] },
      'json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string',
    ],
    [
      'Pod',
      { spec: { containers: [{ ports: [{ containerPort: 'x' }] }] } },
      'json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      'Pod',
      { spec: { containers: {} } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    ['Secret', { data: { a: 'ab*=' } }, 'illegal base64 data at input byte 2'],
    ['Lease', { spec: { renewTime: 'now' } }, 'parsing time "now" as "2006-01-02T15:04:05.000000Z07:00"'],
    ['Node', { status: { capacity: { cpu: 'much' } } }, 'quantities must match the regular expression'],
    ['Deployment', { spec: { replicas: 2 ** 31 } }, 'DeploymentSpec.spec.replicas of type int32'],
  ])('a %s of %j is refused', (kind, object, message) => {
    expect(() => conformed(kind, object)).toThrow(message)
  })
})
