export { createAwsProvider, type AwsProvider, type AwsProviderOptions } from './provider.ts'
export type { AwsCall, AwsEndpoints } from './aws/session.ts'
export type { AwsCredentialIdentity, AwsCredentialIdentityProvider, RequestHandler } from './aws/sdk-types.ts'
export type { AwsGroup } from './machine-pool/group-view.ts'
export { awsKinds } from './kinds/kinds.ts'
export { awsMachinePoolKind, type AWSMachinePool, type AWSMachinePoolV1Beta1 } from './kinds/aws-machine-pool.ts'
export type { AWSMachinePoolSpec, AWSMachinePoolStatus } from './kinds/aws-machine-pool-schema.ts'
export { awsMachinePoolMachineKind, type AWSMachinePoolMachine } from './kinds/aws-machine-pool-machine.ts'
export { awsClusterKind, type AWSCluster } from './kinds/aws-cluster.ts'
export {
  awsClusterControllerIdentityKind,
  awsClusterRoleIdentityKind,
  awsClusterStaticIdentityKind,
  type AWSClusterControllerIdentity,
  type AWSClusterRoleIdentity,
  type AWSClusterStaticIdentity,
} from './kinds/aws-identities.ts'
export { admitAwsObject } from './kinds/admit.ts'
export { convertAwsObject } from './kinds/convert.ts'
export { groupNames as awsGroupNames } from './machine-pool/names.ts'
export { capabilities as awsMachinePoolCapabilities } from './machine-pool/capabilities.ts'
export {
  iamActions,
  iamPolicy,
  type IamPolicyOptions,
  type PolicyDocument,
  type PolicyStatement,
} from './iam-policy.ts'
