import { readFile } from 'node:fs/promises'

import { createClient, KubeconfigError, loadKubeconfig, type Client } from '@machinepool/kube'
import { pino } from 'pino'
import { Registry } from 'prom-client'

import { LeadershipLostError } from './leader-election.ts'
import { FlagError, managerFlagsHelp, parseManagerFlags, type ManagerFlags } from './manager-flags.ts'
import { createManager, type Manager } from './manager.ts'
import { createRequestCounter } from './metrics.ts'
import { createWebhookServer, type WebhookServer } from './webhook/server.ts'

/** A program that is a manager and nothing else: `main` of an image. */
export interface ManagerProgram {
  /** Names the program in logs, events and its `--help`. */
  readonly name: string
  /** The Lease that its replicas compete for. */
  readonly leaseName: string
  /** Its feature gates with their defaults. */
  readonly featureGates: Readonly<Record<string, boolean>>
  /** Boolean flags of its own with their help; off unless given. */
  readonly switches?: Readonly<Record<string, string>>
  /** Adds controllers and runnables before the start. */
  setup(manager: Manager, flags: ManagerFlags): void | Promise<void>
  /** Adds what is served when `--webhook-port` is set; absent for a program that has no webhooks. */
  webhooks?(server: WebhookServer, flags: ManagerFlags): void
}

/** The process around it. */
export interface ProgramHost {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted by SIGTERM and Ctrl-C. */
  readonly signal: AbortSignal
  /** Help and refusals, for a person. */
  write(text: string): void
}

const podNamespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

/**
 * Runs a manager with upstream's flags until the signal aborts. Returns the exit code: 0 after an orderly stop, 1 when
 * the manager failed, 2 for a command line that cannot be used.
 */
export async function runManagerProgram(program: ManagerProgram, host: ProgramHost): Promise<number> {
  let flags: ManagerFlags
  try {
    flags = parseManagerFlags(host.args, program.featureGates, program.switches)
    if (flags.webhookPort > 0 && program.webhooks === undefined) {
      throw new FlagError('--webhook-port: this manager serves no webhooks; leave it at 0')
    }
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    host.write(`${program.name}: ${error.message}\n`)
    return 2
  }
  if (flags.help) {
    host.write(managerFlagsHelp(program.name, program.switches))
    return 0
  }
  const log = pino({ name: program.name, level: flags.verbosity >= 4 ? 'debug' : 'info' })
  let client: Client | undefined
  try {
    const config = await loadKubeconfig({
      environment: host.env,
      ...(flags.kubeconfig !== undefined && { path: flags.kubeconfig }),
    })
    const metrics = new Registry()
    const onRequest = createRequestCounter(metrics)
    client = createClient(config, { userAgent: program.name, fieldManager: program.name, onRequest })
    const manager = createManager({
      client,
      name: program.name,
      log,
      metrics,
      ...(flags.syncPeriodMs > 0 && { syncPeriodMs: flags.syncPeriodMs }),
      ...(flags.namespace !== undefined && { namespace: flags.namespace }),
      ...(flags.watchFilter !== undefined && { watchFilter: flags.watchFilter }),
      ...(flags.leaderElect && {
        leaderElection: {
          name: program.leaseName,
          namespace: await ownNamespace(host.env, config.namespace),
          leaseDurationMs: flags.leaderElectLeaseDurationMs,
          renewDeadlineMs: flags.leaderElectRenewDeadlineMs,
          retryPeriodMs: flags.leaderElectRetryPeriodMs,
        },
      }),
      servers: {
        metricsBindAddress: flags.metricsBindAddress,
        healthProbeBindAddress: flags.healthProbeBindAddress,
      },
    })
    await program.setup(manager, flags)
    if (flags.webhookPort > 0) serveWebhooks(program, manager, flags)
    await manager.start(host.signal)
    return 0
  } catch (error) {
    if (error instanceof KubeconfigError) host.write(`${program.name}: ${error.message}\n`)
    else if (error instanceof LeadershipLostError) log.error(error.message)
    else log.error({ err: error }, 'the manager failed')
    return 1
  } finally {
    await client?.close()
  }
}

function serveWebhooks(program: ManagerProgram, manager: Manager, flags: ManagerFlags): void {
  const server = createWebhookServer({
    address: `:${flags.webhookPort}`,
    certificateDirectory: flags.webhookCertDir,
    clock: manager.clock,
    log: manager.log,
  })
  program.webhooks?.(server, flags)
  manager.addRunnable(server)
  manager.addHealthCheck('readyz', 'webhook', () => {
    if (!server.isListening()) throw new Error('the webhook server does not listen yet')
  })
}

/** Where the Lease lives: the pod's namespace, as told by the downward API or the service account. */
async function ownNamespace(env: ProgramHost['env'], fallback: string): Promise<string> {
  if (env['POD_NAMESPACE']) return env['POD_NAMESPACE']
  return readFile(podNamespaceFile, 'utf8').then(
    (text) => text.trim(),
    () => fallback,
  )
}
