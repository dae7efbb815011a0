import { readFile } from 'node:fs/promises'

import { createClient, KubeconfigError, loadKubeconfig, type Client } from '@machinepool/kube'
import { pino } from 'pino'
import { Registry } from 'prom-client'

import { FlagError } from './flags/flag-error.ts'
import { managerFlagsHelp, parseManagerFlags, type ManagerFlags, type ProgramFlags } from './flags/manager-flags.ts'
import { LeadershipLostError } from './leader-election.ts'
import { createManager, type Manager } from './manager.ts'
import { createRequestCounter } from './metrics.ts'
import { tlsSettings, type TlsSettings } from './tls-settings.ts'
import { createWebhookServer, type WebhookServer } from './webhook/server.ts'

/** A program that is a manager and nothing else: `main` of an image. */
export interface ManagerProgram extends ProgramFlags {
  /** Names the program in logs, events and its `--help`. */
  readonly name: string
  /** The Lease that its replicas compete for. */
  readonly leaseName: string
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
  let tls: TlsSettings
  try {
    flags = parseManagerFlags(host.args, program)
    tls = tlsSettings(flags.tlsMinVersion, flags.tlsCipherSuites)
  } catch (error) {
    if (!(error instanceof FlagError || error instanceof RangeError)) throw error
    host.write(`${program.name}: ${error.message}\n`)
    return 2
  }
  if (flags.help) {
    host.write(managerFlagsHelp(program.name, program))
    return 0
  }
  const log = pino({ name: program.name, level: flags.verbosity >= 4 ? 'debug' : 'info' })
  for (const flag of flags.withoutEffect) log.warn({ flag }, 'this flag has no effect here')
  let client: Client | undefined
  try {
    const config = await loadKubeconfig({
      environment: host.env,
      ...(flags.kubeconfig !== undefined && { path: flags.kubeconfig }),
    })
    const metrics = new Registry()
    const onRequest = createRequestCounter(metrics)
    client = createClient(config, {
      userAgent: program.name,
      fieldManager: program.name,
      onRequest,
      ...(flags.kubeApiQps !== undefined &&
        flags.kubeApiQps > 0 && { rateLimit: { perSecond: flags.kubeApiQps, burst: flags.kubeApiBurst } }),
    })
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
          namespace: flags.leaderElectNamespace ?? (await ownNamespace(host.env, config.namespace)),
          leaseDurationMs: flags.leaderElectLeaseDurationMs,
          renewDeadlineMs: flags.leaderElectRenewDeadlineMs,
          retryPeriodMs: flags.leaderElectRetryPeriodMs,
        },
      }),
      servers: {
        metricsBindAddress: flags.diagnosticsAddress,
        ...(!flags.insecureDiagnostics && { secureMetrics: tls }),
        healthProbeBindAddress: flags.healthAddr,
      },
    })
    await program.setup(manager, flags)
    if (flags.webhookPort > 0) serveWebhooks(program, manager, flags, tls)
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

function serveWebhooks(program: ManagerProgram, manager: Manager, flags: ManagerFlags, tls: TlsSettings): void {
  if (program.webhooks === undefined) {
    manager.log.warn({ port: flags.webhookPort }, 'this manager serves no webhooks')
    return
  }
  const server = createWebhookServer({
    address: `:${flags.webhookPort}`,
    certificateDirectory: flags.webhookCertDir,
    certificateFile: flags.webhookCertName,
    keyFile: flags.webhookKeyName,
    tls,
    clock: manager.clock,
    log: manager.log,
    metrics: manager.metrics,
  })
  program.webhooks(server, flags)
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
