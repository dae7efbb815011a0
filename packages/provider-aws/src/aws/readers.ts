import type { AutoScalingGroup, InstanceRefresh, LifecycleHook, Activity } from '@aws-sdk/client-auto-scaling'
import type { Clock, Io } from '@machinepool/contract'
import { type Snapshot, createKnownState, createLookupCache, createSnapshotReader } from '@machinepool/provider-kit'

import type { LaunchTemplate, TemplateVersion } from '../machine-pool/group-view.ts'
import { createInstanceFacts, type InstanceFactsReader } from './instance-facts.ts'
import { createInterruptions, type Interruptions } from './interruptions.ts'
import { readLaunchTemplates, readTemplateVersions } from './launch-templates.ts'
import type { AwsSession } from './session.ts'

/** Names or groups that AWS takes in one call. */
const groupsPerCall = 100
const templatesPerCall = 100

const minutes = 60_000
/** How long we trust what only we change. Somebody else's change is seen after that at the latest. */
const templateMaxAgeMs = 15 * minutes
const absentTemplateMaxAgeMs = 30_000
const hookMaxAgeMs = 24 * 60 * minutes
/** While an instance goes without having waited for us: somebody may have taken our hook away. */
const suspectHookMaxAgeMs = 10 * minutes
/** Versions of a launch template never change; the key names the newest one. */
const versionsMaxAgeMs = 7 * 24 * 60 * minutes
/** Activities are a diagnosis, no state: once in a while is enough. */
const activitiesMaxAgeMs = 30_000
/** A refresh takes minutes for each instance, and what it does shows in the group. */
const refreshMaxAgeMs = 30_000

/** All that is read about pools, with how fresh it must be and how it shares calls (R21). */
export interface AwsReaders {
  group(session: AwsSession, name: string, io: Io): Promise<Snapshot<AutoScalingGroup>>
  template(session: AwsSession, name: string, io: Io): Promise<LaunchTemplate | undefined>
  versions(session: AwsSession, template: LaunchTemplate, io: Io): Promise<readonly TemplateVersion[]>
  /** `suspect`: something looks as if the known hooks were not there any more. */
  hooks(session: AwsSession, group: string, io: Io, suspect?: boolean): Promise<readonly LifecycleHook[]>
  refreshes(session: AwsSession, group: string, io: Io): Promise<readonly InstanceRefresh[]>
  activities(session: AwsSession, group: string, io: Io): Promise<readonly Activity[]>
  readonly facts: Pick<InstanceFactsReader, 'of'>
  readonly interruptions: Interruptions
  /** What our own writes tell, so that nothing is asked again. */
  readonly known: {
    group(session: AwsSession, name: string): void
    template(session: AwsSession, name: string, template: LaunchTemplate | undefined): void
    templateChanged(session: AwsSession, name: string): void
    versions(session: AwsSession, template: LaunchTemplate, versions: readonly TemplateVersion[]): void
    hooks(session: AwsSession, group: string, hooks: readonly LifecycleHook[] | undefined): void
    refreshes(session: AwsSession, group: string): void
  }
  close(): Promise<void>
}

export function createReaders(clock: Clock): AwsReaders {
  const groups = createSnapshotReader<AwsSession, AutoScalingGroup>({
    name: 'DescribeAutoScalingGroups',
    clock,
    bucketOf,
    maximumKeys: groupsPerCall,
    read: readGroups,
  })
  const templateReads = createSnapshotReader<AwsSession, LaunchTemplate>({
    name: 'DescribeLaunchTemplates',
    clock,
    bucketOf,
    maximumKeys: templatesPerCall,
    read: readLaunchTemplates,
  })
  const templates = createKnownState<LaunchTemplate | undefined>(clock)
  const versions = createKnownState<readonly TemplateVersion[]>(clock)
  const hooks = createKnownState<readonly LifecycleHook[]>(clock)
  const facts = createInstanceFacts(clock)
  const refreshes = createKnownState<readonly InstanceRefresh[]>(clock)
  const activities = createLookupCache<readonly Activity[]>({
    clock,
    ttlMs: activitiesMaxAgeMs,
    negativeTtlMs: activitiesMaxAgeMs,
  })

  return {
    group: (session, name, io) => groups.get(session, name, io),
    async template(session, name, io) {
      const key = keyOf(session, name)
      const load = async (): Promise<LaunchTemplate | undefined> =>
        (await templateReads.get(session, name, { signal: io.signal, maxAgeMs: 0 })).value
      const found = await templates.get(key, templateMaxAgeMs, load)
      return found ?? (await templates.get(key, absentTemplateMaxAgeMs, load))
    },
    versions: (session, template, io) =>
      versions.get(versionsKey(session, template), versionsMaxAgeMs, () =>
        readTemplateVersions(session, template.id, io.signal),
      ),
    hooks: (session, group, io, suspect = false) =>
      hooks.get(keyOf(session, group), suspect ? suspectHookMaxAgeMs : hookMaxAgeMs, () =>
        readHooks(session, group, io.signal),
      ),
    refreshes: (session, group, io) =>
      refreshes.get(keyOf(session, group), refreshMaxAgeMs, async () => {
        const input = { AutoScalingGroupName: group, MaxRecords: 5 }
        const { InstanceRefreshes } = await session.call('autoscaling', 'DescribeInstanceRefreshes', input, io.signal)
        return InstanceRefreshes ?? []
      }),
    activities: (session, group, io) =>
      activities.get(
        keyOf(session, group),
        async (signal) => {
          const input = { AutoScalingGroupName: group, MaxRecords: 20 }
          const { Activities } = await session.call('autoscaling', 'DescribeScalingActivities', input, signal)
          return Activities ?? []
        },
        { signal: io.signal },
      ),
    facts,
    interruptions: createInterruptions(clock),
    known: {
      group: (session, name) => groups.invalidate(session, name),
      template: (session, name, template) => templates.put(keyOf(session, name), template),
      templateChanged: (session, name) => templates.forget(keyOf(session, name)),
      versions: (session, template, list) => versions.put(versionsKey(session, template), list),
      hooks: (session, group, list) =>
        list === undefined ? hooks.forget(keyOf(session, group)) : hooks.put(keyOf(session, group), list),
      refreshes: (session, group) => refreshes.forget(keyOf(session, group)),
    },
    async close() {
      await Promise.all([groups.close(), templateReads.close(), facts.close()])
    },
  }
}

function bucketOf({ identity, region }: AwsSession): string {
  return JSON.stringify([identity, region])
}

function keyOf({ identity, region }: AwsSession, name: string): string {
  return JSON.stringify([identity, region, name])
}

function versionsKey(session: AwsSession, { id, latestVersion }: LaunchTemplate): string {
  return keyOf(session, `${id}:${latestVersion}`)
}

/** A page that fails fails the whole answer: a short list would look like instances that left (R3). */
async function readGroups(
  session: AwsSession,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly (AutoScalingGroup | undefined)[]> {
  const found = new Map<string, AutoScalingGroup>()
  let NextToken: string | undefined
  do {
    const page = await session.call(
      'autoscaling',
      'DescribeAutoScalingGroups',
      {
        AutoScalingGroupNames: [...names],
        MaxRecords: groupsPerCall,
        ...(NextToken === undefined ? {} : { NextToken }),
      },
      signal,
    )
    for (const group of page.AutoScalingGroups ?? []) found.set(group.AutoScalingGroupName ?? '', group)
    NextToken = page.NextToken
  } while (NextToken !== undefined && NextToken !== '')
  return names.map((name) => found.get(name))
}

async function readHooks(session: AwsSession, group: string, signal: AbortSignal): Promise<readonly LifecycleHook[]> {
  const input = { AutoScalingGroupName: group }
  const { LifecycleHooks } = await session.call('autoscaling', 'DescribeLifecycleHooks', input, signal)
  return LifecycleHooks ?? []
}
