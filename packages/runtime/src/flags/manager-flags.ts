import { FlagError } from './flag-error.ts'
import { parseArguments } from './parse-arguments.ts'
import { parseValue, type FlagKind, type FlagValue } from './parse-value.ts'
import { flagsWithoutEffect, gatesWithoutEffect } from './upstream-flags.ts'

/** The flags that every manager takes, named as upstream's managers name them. */
export interface ManagerFlags {
  /** Path of a kubeconfig; absent: in-cluster, else the usual places. */
  readonly kubeconfig?: string
  /** Only objects of this namespace; absent: all. */
  readonly namespace?: string
  /** Only objects with the label `cluster.x-k8s.io/watch-filter` of this value; absent: all. */
  readonly watchFilter?: string
  readonly leaderElect: boolean
  readonly leaderElectLeaseDurationMs: number
  readonly leaderElectRenewDeadlineMs: number
  readonly leaderElectRetryPeriodMs: number
  /** Where the Lease is; absent: the namespace the process runs in. */
  readonly leaderElectNamespace?: string
  /** Each object is looked at again at least this often; 0: never without an event. */
  readonly syncPeriodMs: number
  /** Requests a second to the API server, and how many may come at once; absent: no limit of the client's own. */
  readonly kubeApiQps?: number
  readonly kubeApiBurst: number
  /** `host:port` of `/metrics`; `0` turns the endpoint off. */
  readonly diagnosticsAddress: string
  /** Serve it over plain HTTP to everybody, instead of over TLS to those whom the API server knows and permits. */
  readonly insecureDiagnostics: boolean
  /** `host:port` of `/healthz` and `/readyz`; `0` turns the endpoint off. */
  readonly healthAddr: string
  /** 0: no webhooks. */
  readonly webhookPort: number
  readonly webhookCertDir: string
  readonly webhookCertName: string
  readonly webhookKeyName: string
  readonly tlsMinVersion: string
  /** IANA names; empty: Node.js's choice. */
  readonly tlsCipherSuites: readonly string[]
  readonly featureGates: Readonly<Record<string, boolean>>
  /** The program's own switches, by name without dashes in front; all off unless given. */
  readonly switches: Readonly<Record<string, boolean>>
  /** The program's own numbers, by name; durations in milliseconds. */
  readonly numbers: Readonly<Record<string, number>>
  /** 0 to 5 as klog's `-v`: 0 is info, from 4 on debug. */
  readonly verbosity: number
  readonly help: boolean
  /** What was given of upstream's flags and gates that has no effect here, such as `--profiler-address`. */
  readonly withoutEffect: readonly string[]
}

/** What one program takes beside the flags that all of them take. */
export interface ProgramFlags {
  /** Its feature gates with their defaults. */
  readonly featureGates: Readonly<Record<string, boolean>>
  /** Boolean flags of its own with their help; off unless given. */
  readonly switches?: Readonly<Record<string, string>>
  readonly numbers?: Readonly<Record<string, NumberFlag>>
  /** Flags of upstream's program that must not be overlooked, with what to do instead. */
  readonly refused?: Readonly<Record<string, string>>
  /** Default of `--webhook-port`. */
  readonly webhookPort?: number
}

export interface NumberFlag {
  readonly kind: 'integer' | 'duration'
  readonly help: string
  /** As on the command line. */
  readonly default: string
  /** Another name for it. */
  readonly alias?: string
}

interface FlagDefinition {
  readonly kind: FlagKind
  /** Absent: the flag is another name, which `aliases` explains. */
  readonly field?: keyof ManagerFlags
  readonly help: string
  readonly default?: string
}

const definitions: Readonly<Record<string, FlagDefinition>> = {
  kubeconfig: {
    kind: 'string',
    field: 'kubeconfig',
    help: 'path of a kubeconfig; without it the in-cluster configuration',
  },
  namespace: { kind: 'string', field: 'namespace', help: 'reconcile only objects of this namespace' },
  'watch-filter': {
    kind: 'string',
    field: 'watchFilter',
    help: 'reconcile only objects labelled cluster.x-k8s.io/watch-filter with this value',
  },
  'leader-elect': {
    kind: 'boolean',
    field: 'leaderElect',
    help: 'of several replicas let only one act',
    default: 'false',
  },
  'leader-elect-lease-duration': {
    kind: 'duration',
    field: 'leaderElectLeaseDurationMs',
    help: 'how long others wait before they take over',
    default: '15s',
  },
  'leader-elect-renew-deadline': {
    kind: 'duration',
    field: 'leaderElectRenewDeadlineMs',
    help: 'how long the leader tries to renew before it stops',
    default: '10s',
  },
  'leader-elect-retry-period': {
    kind: 'duration',
    field: 'leaderElectRetryPeriodMs',
    help: 'pause between two tries',
    default: '2s',
  },
  'leader-elect-namespace': {
    kind: 'string',
    field: 'leaderElectNamespace',
    help: 'namespace of the Lease; without it the one this runs in',
  },
  'sync-period': {
    kind: 'duration',
    field: 'syncPeriodMs',
    help: 'look at every object at least this often',
    default: '10m',
  },
  'kube-api-qps': {
    kind: 'number',
    field: 'kubeApiQps',
    help: 'most requests a second to the API server; without it no limit but the server’s own',
  },
  'kube-api-burst': {
    kind: 'integer',
    field: 'kubeApiBurst',
    help: 'requests that may come at once with --kube-api-qps',
    default: '30',
  },
  'diagnostics-address': {
    kind: 'string',
    field: 'diagnosticsAddress',
    help: 'where /metrics is served, over TLS and to those whom the API server permits; 0 turns it off',
    default: ':8443',
  },
  'insecure-diagnostics': {
    kind: 'boolean',
    field: 'insecureDiagnostics',
    help: 'serve /metrics over plain HTTP to everybody',
    default: 'false',
  },
  'health-addr': {
    kind: 'string',
    field: 'healthAddr',
    help: 'where /healthz and /readyz are served; 0 turns them off',
    default: ':9440',
  },
  'webhook-port': {
    kind: 'integer',
    field: 'webhookPort',
    help: 'port of the webhook server; 0 turns it off',
  },
  'webhook-cert-dir': {
    kind: 'string',
    field: 'webhookCertDir',
    help: "directory that holds the webhook server's certificate and key",
    default: '/tmp/k8s-webhook-server/serving-certs',
  },
  'webhook-cert-name': {
    kind: 'string',
    field: 'webhookCertName',
    help: 'file of the certificate in that directory',
    default: 'tls.crt',
  },
  'webhook-key-name': {
    kind: 'string',
    field: 'webhookKeyName',
    help: 'file of the key in that directory',
    default: 'tls.key',
  },
  'tls-min-version': {
    kind: 'string',
    field: 'tlsMinVersion',
    help: 'VersionTLS12 or VersionTLS13, for webhooks and diagnostics',
    default: 'VersionTLS12',
  },
  'tls-cipher-suites': {
    kind: 'list',
    field: 'tlsCipherSuites',
    help: 'cipher suites for webhooks and diagnostics, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    default: '',
  },
  'feature-gates': { kind: 'pairs', field: 'featureGates', help: 'Name=true|false pairs, separated by commas' },
  v: { kind: 'integer', field: 'verbosity', help: 'log verbosity, 0 to 5', default: '0' },
  help: { kind: 'boolean', field: 'help', help: 'print this text', default: 'false' },
}

/** Names that upstream used before, or that one provider uses alone. */
const aliases: Readonly<Record<string, string>> = {
  'leader-election-namespace': 'leader-elect-namespace',
  'health-probe-bind-address': 'health-addr',
  // These serve over plain HTTP.
  'metrics-bind-address': 'diagnostics-address',
  'metrics-bind-addr': 'diagnostics-address',
}

/**
 * Parses a manager's command line. Whatever upstream's managers take is taken; what has no effect here is listed in
 * `withoutEffect`.
 *
 * @throws {FlagError} naming the flag and what it takes
 */
export function parseManagerFlags(args: readonly string[], program: ProgramFlags): ManagerFlags {
  const { switches = {}, numbers = {}, refused = {}, featureGates, webhookPort = 0 } = program
  const given = parseArguments(args, (name) => {
    if (Object.hasOwn(refused, name)) throw new FlagError(`--${name} is not supported: ${refused[name]}`)
    return kindOf(name, switches, numbers)
  })
  const fields = new Map<string, FlagValue>([['webhookPort', webhookPort]])
  for (const [name, { kind, field, default: fallback }] of Object.entries(definitions)) {
    if (field !== undefined && fallback !== undefined) fields.set(field, parseValue(name, kind, fallback))
  }
  const own: Record<string, boolean> = Object.fromEntries(Object.keys(switches).map((name) => [name, false]))
  const amounts: Record<string, number> = {}
  for (const [name, flag] of Object.entries(numbers)) {
    amounts[name] = parseValue(name, flag.kind, flag.default) as number
  }
  const withoutEffect: string[] = []
  for (const [name, value] of given) {
    const alias = numberFlag(name, numbers)
    const field = definitions[aliases[name] ?? name]?.field
    if (Object.hasOwn(switches, name)) own[name] = value as boolean
    else if (alias !== undefined) amounts[alias] = value as number
    else if (field === undefined) withoutEffect.push(`--${name}`)
    else if (value !== '') fields.set(field, value)
    if (name.startsWith('metrics-bind-addr')) fields.set('insecureDiagnostics', true)
  }
  const gates = readGates(given.get('feature-gates') as Record<string, boolean> | undefined, featureGates)
  return {
    ...(Object.fromEntries(fields) as unknown as Omit<ManagerFlags, 'switches' | 'numbers' | 'featureGates'>),
    switches: own,
    numbers: amounts,
    featureGates: gates.known,
    withoutEffect: [...withoutEffect, ...gates.withoutEffect],
  }
}

function kindOf(
  name: string,
  switches: Readonly<Record<string, string>>,
  numbers: Readonly<Record<string, NumberFlag>>,
): FlagKind | undefined {
  if (Object.hasOwn(switches, name)) return 'boolean'
  const number = numberFlag(name, numbers)
  if (number !== undefined) return numbers[number]?.kind
  const known = Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name
  if (Object.hasOwn(definitions, known)) return definitions[known]?.kind
  return Object.hasOwn(flagsWithoutEffect, name) ? flagsWithoutEffect[name] : undefined
}

function numberFlag(name: string, numbers: Readonly<Record<string, NumberFlag>>): string | undefined {
  return Object.keys(numbers).find((own) => own === name || numbers[own]?.alias === name)
}

function readGates(given: Readonly<Record<string, boolean>> = {}, known: Readonly<Record<string, boolean>>) {
  const gates: Record<string, boolean> = { ...known }
  const withoutEffect: string[] = []
  for (const [gate, on] of Object.entries(given)) {
    if (Object.hasOwn(known, gate)) gates[gate] = on
    else if (gatesWithoutEffect.includes(gate)) withoutEffect.push(`--feature-gates=${gate}`)
    else {
      const names = Object.keys(known).join(', ') || 'none'
      throw new FlagError(`--feature-gates: unknown feature gate ${JSON.stringify(gate)}; known: ${names}`)
    }
  }
  return { known: gates, withoutEffect }
}

/** The text of `--help`. */
export function managerFlagsHelp(name: string, program: ProgramFlags): string {
  const { switches = {}, numbers = {}, featureGates, webhookPort = 0 } = program
  const lines = Object.entries(definitions).map(([flag, { kind, help, default: fallback }]) =>
    helpLine(flag, kind, help, flag === 'webhook-port' ? String(webhookPort) : fallback),
  )
  for (const [flag, { kind, help, default: fallback }] of Object.entries(numbers)) {
    lines.push(helpLine(flag, kind, help, fallback))
  }
  for (const [flag, help] of Object.entries(switches)) lines.push(helpLine(flag, 'boolean', help, undefined))
  const gates = Object.entries(featureGates).map(([gate, on]) => `${gate}=${on}`)
  return [
    `Usage: ${name} [flags]`,
    '',
    ...lines,
    '',
    `Feature gates: ${gates.join(', ') || 'none'}`,
    'Other flags and feature gates of upstream’s managers are accepted and have no effect; the log says so.',
    '',
  ].join('\n')
}

function helpLine(name: string, kind: FlagKind, help: string, fallback: string | undefined): string {
  const takes = kind === 'pairs' ? 'Name=true,...' : kind
  const flag = `  --${name}${kind === 'boolean' ? '' : ` ${takes}`}`
  const note = fallback === undefined || fallback === '' || fallback === 'false' ? '' : ` (default ${fallback})`
  return `${flag.padEnd(44)}${help}${note}`
}
