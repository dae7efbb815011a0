import { awsInfrastructure } from '../cluster/aws-infrastructure.ts'
import type { ExternalInfrastructure } from '../cluster/external-cluster.ts'

/** The network of the simulated AWS, as clusters in it have it. */
export const simulatedAwsInfrastructure: ExternalInfrastructure = awsInfrastructure({
  region: 'us-east-1',
  vpc: 'vpc-123',
  subnets: [
    { id: 'subnet-123', zone: 'us-east-1a' },
    { id: 'subnet-456', zone: 'us-east-1b' },
    { id: 'subnet-789', zone: 'us-east-1c' },
  ],
  securityGroups: ['sg-node'],
})

/** Values for the variables of the documented AWS sample, where the environment gives none. */
export const simulatedAwsVariables: Readonly<Record<string, string>> = {
  AWS_REGION: 'us-east-1',
  AWS_AVAILABILITY_ZONE: 'us-east-1a',
  AWS_SUBNET: 'subnet-123',
  AWS_CONTROL_PLANE_MACHINE_TYPE: 't3.large',
  AWS_NODE_MACHINE_TYPE: 't3.large',
  AWS_SSH_KEY_NAME: 'default',
}
