import { admitAwsObject, awsKinds, convertAwsObject, createAwsProvider, iamPolicy } from '@machinepool/provider-aws'
import { createAwsSimulator, type AwsSimulator, type AwsSimulatorOptions } from '@machinepool/simulator'

import { awsInfrastructure, parseSubnet } from '../cluster/aws-infrastructure.ts'
import { flagList, flagText, type Cloud } from './cloud.ts'

const simulatedRegion = 'us-east-1'

export const aws: Cloud<AwsSimulator> = {
  name: 'aws',
  title: 'AWS',
  kinds: awsKinds,
  hooks: { admit: admitAwsObject, convert: convertAwsObject },
  simulate({ workload, stateFile, bootMs, settings }) {
    const { timings, ...others } = (settings ?? {}) as Partial<AwsSimulatorOptions>
    return createAwsSimulator({
      ...others,
      timings: { ...timings, ...(bootMs !== undefined && { boot: bootMs }) },
      machines: { workload },
      ...(stateFile !== undefined && { stateFile }),
    })
  },
  simulatedInfrastructure: awsInfrastructure({
    region: simulatedRegion,
    vpc: 'vpc-123',
    subnets: [
      { id: 'subnet-123', zone: 'us-east-1a' },
      { id: 'subnet-456', zone: 'us-east-1b' },
      { id: 'subnet-789', zone: 'us-east-1c' },
    ],
    securityGroups: ['sg-node', 'sg-lb'],
  }),
  existing: {
    flags: [
      { flags: '--vpc <id>', description: 'VPC' },
      { flags: '--subnet <id=zone>', description: 'a subnet for nodes, `subnet-1=us-east-1a`', repeated: true },
      { flags: '--security-group <id>', description: 'a security group for nodes', repeated: true },
    ],
    infrastructure(region, values) {
      const vpc = flagText(values, 'vpc')
      return awsInfrastructure({
        region,
        ...(vpc !== undefined && { vpc }),
        subnets: flagList(values, 'subnet').map(parseSubnet),
        securityGroups: flagList(values, 'securityGroup'),
      })
    },
  },
  simulatedVariables: {
    AWS_REGION: simulatedRegion,
    AWS_AVAILABILITY_ZONE: 'us-east-1a',
    AWS_SUBNET: 'subnet-123',
    AWS_CONTROL_PLANE_MACHINE_TYPE: 't3.large',
    AWS_NODE_MACHINE_TYPE: 't3.large',
    AWS_SSH_KEY_NAME: 'default',
  },
  createProvider({ env, simulator }) {
    // Upstream's variable for its gate MachinePoolMachines, which is off by default.
    const machines = env['EXP_MACHINE_POOL_MACHINES'] === 'true'
    if (simulator) {
      const { url } = simulator
      return createAwsProvider({
        region: simulatedRegion,
        machines,
        // Any key pair is good for the simulated cloud.
        credentials: { accessKeyId: 'AKIASIMULATED0000000', secretAccessKey: 'simulated' },
        endpoints: { autoscaling: url, ec2: url, s3: url, ssm: url, sts: url },
      })
    }
    const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION']
    return createAwsProvider({ machines, ...(region && { region }) })
  },
  lookInto: (url) => `aws --endpoint-url ${url} --region ${simulatedRegion} autoscaling describe-auto-scaling-groups`,
  permissions: ({ partition }) => iamPolicy(partition === undefined ? {} : { partition }),
}
