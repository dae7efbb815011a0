import { expect, test } from 'vitest'

import { runProgram } from '../program.ts'

async function convert(text: string): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await runProgram(['convert', '-f', '-'], {
    env: {},
    out: { write: (part) => void (out += part) },
    err: { write: (part) => void (err += part) },
    stdin: () => Promise.resolve(text),
    signal: new AbortController().signal,
  })
  return { code, out, err }
}

const manifest = `# our pools
---
apiVersion: v1
kind: ConfigMap # not ours
metadata: { name: keep }
data:
  a: "yes"
---
apiVersion: exp.cluster.x-k8s.io/v1alpha3
kind: MachinePool
metadata:
  name: np
  labels: { legacy: "no", size: "017" }
spec:
  clusterName: c
  minReadySeconds: 5
  typo: 1
  template:
    spec:
      clusterName: c
      bootstrap:
        configRef: { apiVersion: bootstrap.cluster.x-k8s.io/v1alpha3, kind: KubeadmConfig, name: np }
      infrastructureRef:
        apiVersion: exp.infrastructure.cluster.x-k8s.io/v1alpha3
        kind: AWSMachinePool
        name: np
---
apiVersion: exp.infrastructure.cluster.x-k8s.io/v1alpha3
kind: AWSMachinePool
metadata: { name: np }
spec:
  minSize: 1
  maxSize: 2
  colour: red
  subnets: ["subnet-1"]
  awsLaunchTemplate: { instanceType: "\${TYPE}", ami: { id: ami-1, arn: x } }
`

const converted = `# our pools
---
apiVersion: v1
kind: ConfigMap # not ours
metadata: { name: keep }
data:
  a: "yes"
---
apiVersion: cluster.x-k8s.io/v1beta2
kind: MachinePool
metadata:
  name: np
  labels:
    legacy: "no"
    size: "017"
spec:
  clusterName: c
  template:
    spec:
      clusterName: c
      bootstrap:
        configRef:
          apiGroup: bootstrap.cluster.x-k8s.io
          kind: KubeadmConfig
          name: np
      minReadySeconds: 5
      infrastructureRef:
        apiGroup: infrastructure.cluster.x-k8s.io
        kind: AWSMachinePool
        name: np
---
apiVersion: infrastructure.cluster.x-k8s.io/v1beta2
kind: AWSMachinePool
metadata:
  name: np
spec:
  minSize: 1
  maxSize: 2
  subnets:
    - id: subnet-1
  awsLaunchTemplate:
    instanceType: \${TYPE}
    ami:
      id: ami-1
`

test('old objects are written as today, what is lost is named, and the rest stays to the letter', async () => {
  const { code, out, err } = await convert(manifest)
  expect(code).toBe(0)
  expect(out).toBe(converted)
  expect(err.split('\n')).toEqual([
    'standard input:9: exp.cluster.x-k8s.io/v1alpha3 is now cluster.x-k8s.io/v1beta2',
    'standard input:9: spec.typo is not known and was left out',
    'standard input:28: exp.infrastructure.cluster.x-k8s.io/v1alpha3 is now infrastructure.cluster.x-k8s.io/v1beta2',
    'standard input:28: spec.colour is not known and was left out',
    'standard input:28: spec.awsLaunchTemplate.ami.arn is not known and was left out',
    '',
  ])
})

test('a second time changes nothing and says nothing', async () => {
  expect(await convert(converted)).toEqual({ code: 0, out: converted, err: '' })
})

test.each([
  ['no YAML', 'a: [', 'standard input: '],
  ['no object', '- 1', 'standard input:1: not a Kubernetes object'],
  [
    'a value without equivalent',
    manifest
      .replace('minReadySeconds: 5', 'template2: 1')
      .replace('clusterName: c\n      boot', 'nodeDrainTimeout: soon\n      boot'),
    'standard input:9: spec.template.spec.nodeDrainTimeout: must be a duration',
  ],
])('%s ends with 1 and where it is', async (_, text, message) => {
  const { code, err } = await convert(text)
  expect(code).toBe(1)
  expect(err).toContain(message)
})
