import { pino, type Logger } from 'pino'

import { cloudNamed } from '../clouds/clouds.ts'
import { UsageError, type Context } from '../context.ts'
import { applyObjects } from '../kubernetes/apply-objects.ts'
import { readManifests, type ManifestObject } from '../manifest/read.ts'
import { startSystem, type System } from '../system/start-system.ts'
import { happening, isRunning, poolName, type ShownPool } from '../up/pool-table.ts'
import { createPoolView, type PoolView } from '../up/pool-view.ts'
import { describeApplied } from './apply.ts'

export interface UpOptions {
  /** Name of a cloud. */
  readonly simulate?: string
  readonly dataDir?: string
  readonly port: number
  readonly apply?: readonly string[]
  readonly cluster?: readonly string[]
  /** Seconds. */
  readonly bootDelay?: number
  readonly once?: boolean
  /** Seconds. */
  readonly timeout: number
  readonly verbose?: boolean
}

/** Cluster of the documented sample; there is one of that name unless others are asked for. */
const defaultCluster = 'capa'

/** `machinepool up`: the whole system in this process, until it is told to stop or, with `--once`, until all pools run. */
export async function up(options: UpOptions, context: Context): Promise<number> {
  const cloud = options.simulate === undefined ? undefined : cloudNamed(options.simulate)
  const variables = { ...cloud?.simulatedVariables, ...context.env }
  const manifest = await readManifests(options.apply ?? [], { variables, stdin: context.stdin })
  const started = performance.now()
  const elapsed = () => (performance.now() - started) / 1000
  const view = createPoolView(context.out, elapsed)
  view.note(
    `Starting a Kubernetes API, the controllers and ${cloud ? `a simulated ${cloud.title}` : 'the providers of real clouds'} ...`,
  )
  const system = await startSystem({
    ...(options.dataDir !== undefined && { dataDir: options.dataDir }),
    port: options.port,
    ...(options.simulate && {
      simulate: {
        cloud: options.simulate,
        ...(options.bootDelay !== undefined && { bootMs: options.bootDelay * 1000 }),
      },
      clusters: wantedClusters(options.cluster ?? [], manifest),
    }),
    log: logger(options.verbose ?? false),
    signal: context.signal,
    env: context.env,
  })
  try {
    view.note(introduction(options, system))
    const applied = await applyObjects(system.client, manifest, { namespace: 'default' })
    for (const each of applied) view.note(describeApplied(each))
    const appliedPools = applied
      .filter(({ resource }) => resource.kind === 'MachinePool' && resource.group === 'cluster.x-k8s.io')
      .map(({ object }) => object.metadata)
    if (options.once && appliedPools.length === 0 && system.pools.list().length === 0) {
      throw new UsageError('--once: there are no machine pools to wait for; give some with --apply FILE')
    }
    const wanted = (): readonly (ShownPool | undefined)[] =>
      appliedPools.length === 0
        ? system.pools.list()
        : appliedPools.map(({ namespace = 'default', name = '' }) => system.pools.get({ namespace, name }))
    const code = await watch({ system, view, wanted, options, context })
    if (!options.once) context.err.write('Stopping ...\n')
    return code
  } finally {
    await system.close()
  }
}

interface Watching {
  readonly system: System
  readonly view: PoolView
  readonly wanted: () => readonly (ShownPool | undefined)[]
  readonly options: UpOptions
  readonly context: Context
}

/** Shows the pools until it is over, and returns the exit code. */
function watch({ system, view, wanted, options, context }: Watching): Promise<number> {
  return new Promise((resolve, reject) => {
    let announced = false
    const show = () => {
      view.show(system.pools.list())
      const pools = wanted()
      if (announced || pools.length === 0 || !pools.every((pool) => pool && isRunning(pool))) return
      announced = true
      if (options.once) finish(0)
      else view.note(nextSteps(system, options, context))
    }
    const finish = (code: number) => {
      stopListening()
      clearTimeout(timer)
      context.signal.removeEventListener('abort', interrupted)
      resolve(code)
    }
    const interrupted = () => finish(options.once ? 130 : 0)
    const timer = options.once
      ? setTimeout(() => finish(givenUp(wanted(), options, context)), options.timeout * 1000)
      : undefined
    const stopListening = system.onPoolChange(show)
    context.signal.addEventListener('abort', interrupted, { once: true })
    system.stopped.catch(reject)
    if (context.signal.aborted) interrupted()
    else show()
  })
}

function givenUp(pools: readonly (ShownPool | undefined)[], { timeout }: UpOptions, { err }: Context): number {
  err.write(`error: not every pool is Running after ${timeout} s\n`)
  for (const pool of pools) {
    if (pool && !isRunning(pool)) {
      err.write(`  ${poolName(pool)}: ${pool.status?.phase ?? 'Pending'}, ${happening(pool)}\n`)
    }
  }
  return 1
}

function wantedClusters(
  names: readonly string[],
  manifest: readonly ManifestObject[],
): { namespace: string; name: string }[] {
  if (names.length > 0) return names.map((name) => ({ namespace: 'default', name }))
  // Clusters that the manifest brings itself are left to it.
  const brought = new Set(
    manifest.filter(({ object }) => object.kind === 'Cluster').map(({ object }) => object.metadata.name),
  )
  const wanted = new Map<string, { namespace: string; name: string }>()
  for (const { object } of manifest) {
    const name = object.kind === 'MachinePool' ? object.spec?.['clusterName'] : undefined
    if (typeof name !== 'string' || name === '' || brought.has(name)) continue
    const namespace = object.metadata.namespace ?? 'default'
    wanted.set(`${namespace}/${name}`, { namespace, name })
  }
  return wanted.size > 0 ? [...wanted.values()] : [{ namespace: 'default', name: defaultCluster }]
}

function introduction({ simulate, dataDir }: UpOptions, system: System): string {
  const cloud =
    simulate === undefined
      ? 'real clouds'
      : `a simulated ${cloudNamed(simulate).title} at ${system.simulated?.url ?? ''}`
  const state = dataDir === undefined ? 'state in memory (--data-dir keeps it)' : `state in ${system.dataDir.path}`
  return `Kubernetes API at ${system.url}, ${cloud}, ${state}.`
}

function nextSteps(system: System, { simulate }: UpOptions, { env }: Context): string {
  // npm says so when one of its scripts started us; then there need be no `machinepool` on the path.
  const program = env['npm_lifecycle_event'] === undefined ? 'machinepool' : 'npm run machinepool --'
  const [cluster] = Object.keys(system.clusters?.urls() ?? {})
  return [
    '',
    'All pools are Running. Look further:',
    `  export KUBECONFIG=${system.kubeconfig}`,
    '  kubectl get machinepools',
    '  kubectl scale machinepool --replicas=3 --all',
    ...(cluster === undefined
      ? []
      : [`  kubectl --kubeconfig ${system.dataDir.file(`${cluster}.kubeconfig`)} get nodes`]),
    ...(simulate !== undefined && system.simulated ? [`  ${cloudNamed(simulate).lookInto(system.simulated.url)}`] : []),
    'or without kubectl:',
    `  ${program} get --data-dir ${system.dataDir.path}`,
    'Ctrl-C stops everything.',
    '',
  ].join('\n')
}

function logger(verbose: boolean): Logger {
  // Standard output belongs to the table.
  return pino({ name: 'machinepool', level: verbose ? 'debug' : 'silent' }, pino.destination(2))
}
