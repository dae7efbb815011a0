import { methods } from './compute/methods.ts'

/** A custom role, as `gcloud iam roles create --file` takes it. */
export interface CustomRole {
  readonly title: string
  readonly description: string
  readonly stage: 'GA'
  readonly includedPermissions: readonly string[]
}

/**
 * What the provider needs and no more, from the list of the calls that it makes. Instances are made by Google's own service
 * agent of the project; `iam.serviceAccounts.actAs` lets templates name the service account of the instances.
 */
export function gcpPermissions(): CustomRole {
  const permissions = Object.values(methods).flatMap((method): readonly string[] => method.permissions)
  return {
    title: 'Machine pools',
    description: 'Managed instance groups and instance templates of Cluster API machine pools',
    stage: 'GA',
    includedPermissions: [...new Set(permissions)].toSorted(),
  }
}
