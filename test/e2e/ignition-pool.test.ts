import { afterAll, beforeAll, expect, test } from 'vitest'

import { poolManifest, startLight, type Light } from './first-light/light.ts'

let light: Light

beforeAll(async () => {
  light = await startLight()
})
afterAll(() => light.close())

test('machines that boot with Ignition join, with what their Container Linux Config adds', async () => {
  const [pool = '', group = ''] = poolManifest({ name: 'flatcar', replicas: 2 }).split('---\n')
  const config = `
apiVersion: bootstrap.cluster.x-k8s.io/v1beta2
kind: KubeadmConfig
metadata: {name: flatcar}
spec:
  format: ignition
  preKubeadmCommands: [envsubst < /etc/kubeadm.yml > /etc/kubeadm.yml.tmp, mv /etc/kubeadm.yml.tmp /etc/kubeadm.yml]
  ignition:
    containerLinuxConfig:
      strict: true
      additionalConfig: |
        systemd:
          units:
            - name: kubeadm.service
              enabled: true
              dropins: [{ name: 10-flatcar.conf, contents: "[Service]\\nEnvironmentFile=/run/metadata/flatcar" }]
`
  await light.apply([pool, group, config].join('---\n'))
  await light.running('flatcar', 2)
  expect(await light.nodesOf('flatcar')).toHaveLength(2)
})
