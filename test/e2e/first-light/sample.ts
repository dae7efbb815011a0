import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The public documentation's AWS sample beside the project, else the example, an equivalent of our own; and its variables. */
export function documentedSample(): { readonly path: string; readonly variables: Readonly<Record<string, string>> } {
  const sample = fileURLToPath(new URL('../../../../shared/samples/aws-machinepool.yaml', import.meta.url))
  if (!existsSync(sample) && process.env['CI'] === 'true') throw new Error(`${sample} is missing`)
  return {
    path: existsSync(sample)
      ? sample
      : fileURLToPath(new URL('../../../examples/aws/machinepool.yaml', import.meta.url)),
    variables: {
      AWS_AVAILABILITY_ZONE: 'us-east-1a',
      AWS_CONTROL_PLANE_MACHINE_TYPE: 't3.large',
      AWS_SSH_KEY_NAME: 'default',
      AWS_SUBNET: 'subnet-123',
    },
  }
}
