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
export type { GcpCall, GcpCallDescription, GcpCallLog } from './gcp/call-log.ts'
export type { GcpCapacity } from './gcp/capacity.ts'
export type { GcpCommonError, GcpFault, GcpFaultAnswer, GcpFaults } from './gcp/faults.ts'
export type { GcpGroup, GcpMember } from './gcp/groups/state.ts'
export type { GcpOperation } from './gcp/operations/state.ts'
export type { SimulatedProject } from './gcp/simulated-project.ts'
export {
  createGcpSimulator,
  type GcpMachineOptions,
  type GcpSimulator,
  type GcpSimulatorOptions,
} from './gcp/simulator.ts'
export type { GcpAutoscaler } from './gcp/autoscalers/state.ts'
export type { GcpHealth, GcpInstance, GcpTemplate } from './gcp/state.ts'
export type { GcpTimings } from './gcp/timings.ts'
export type { GcpTokens } from './gcp/tokens.ts'
export { defaultGcpWorld, type GcpImage, type GcpSubnetwork, type GcpWorld } from './gcp/world.ts'
