export type { Call, CallDescription, CallLog } from './aws/call-log.ts'
export type { Credentials, CredentialState } from './aws/credentials.ts'
export type { CommonError, Fault, Faults } from './aws/faults.ts'
export {
  createAwsSimulator,
  type AwsSimulator,
  type AwsSimulatorOptions,
  type MachineOptions,
  type SimulatedRegion,
} from './aws/simulator.ts'
export type { Activity, Group, Hook, Member, Refresh } from './aws/services/autoscaling/state.ts'
export type { Capacity } from './aws/services/ec2/capacity.ts'
export type {
  Image,
  Instance,
  LaunchTemplate,
  SecurityGroup,
  Subnet,
  TemplateVersion,
  Vpc,
} from './aws/services/ec2/state.ts'
export { defaultWorld, type World } from './aws/services/ec2/world.ts'
export type { Rate } from './throttle.ts'
export type { Timings } from './aws/timings.ts'
export type { WorkloadLookup } from './guest/guests.ts'
