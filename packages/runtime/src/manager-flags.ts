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
  /** Each object is looked at again at least this often. */
  readonly syncPeriodMs: number
  /** `host:port`; `0` turns the endpoint off. */
  readonly metricsBindAddress: string
  readonly healthProbeBindAddress: string
  readonly webhookPort: number
  readonly webhookCertDir: string
  readonly featureGates: Readonly<Record<string, boolean>>
  /** The program's own switches, by name without dashes in front; all off unless given. */
  readonly switches: Readonly<Record<string, boolean>>
  /** 0 to 5 as klog's `-v`: 0 is info, from 4 on debug. */
  readonly verbosity: number
  readonly help: boolean
}

/** A flag is unknown or has a value it cannot have. */
export class FlagError extends Error {
  override readonly name = 'FlagError'
}

type Kind = 'string' | 'boolean' | 'duration' | 'integer' | 'gates'

interface FlagDefinition {
  readonly kind: Kind
  readonly field: keyof ManagerFlags
  readonly help: string
  readonly default?: string | number | boolean
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
    default: false,
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
  'sync-period': {
    kind: 'duration',
    field: 'syncPeriodMs',
    help: 'look at every object at least this often',
    default: '10m',
  },
  'metrics-bind-address': {
    kind: 'string',
    field: 'metricsBindAddress',
    help: 'where /metrics is served; 0 turns it off',
    default: 'localhost:8080',
  },
  'health-probe-bind-address': {
    kind: 'string',
    field: 'healthProbeBindAddress',
    help: 'where /healthz and /readyz are served; 0 turns them off',
    default: ':9440',
  },
  'webhook-port': {
    kind: 'integer',
    field: 'webhookPort',
    help: 'port of the webhook server; 0 turns it off',
    default: 0,
  },
  'webhook-cert-dir': {
    kind: 'string',
    field: 'webhookCertDir',
    help: 'directory that holds tls.crt and tls.key',
    default: '/tmp/k8s-webhook-server/serving-certs',
  },
  'feature-gates': {
    kind: 'gates',
    field: 'featureGates',
    help: 'Name=true|false pairs, separated by commas',
    default: '',
  },
  v: { kind: 'integer', field: 'verbosity', help: 'log verbosity, 0 to 5', default: 0 },
  help: { kind: 'boolean', field: 'help', help: 'print this text', default: false },
}

/**
 * Parses a manager's command line as upstream's managers do: `--flag value`, `--flag=value`, bare `--flag` for a
 * boolean, one or two dashes. The last occurrence wins; feature gates add up.
 *
 * @param knownGates the gates this manager has, with their defaults; any other is refused by name
 * @param switches boolean flags of this manager alone, each with its line of help
 * @throws {FlagError} naming the flag and what it takes
 */
export function parseManagerFlags(
  args: readonly string[],
  knownGates: Readonly<Record<string, boolean>> = {},
  switches: Readonly<Record<string, string>> = {},
): ManagerFlags {
  const on: Record<string, boolean> = Object.fromEntries(Object.keys(switches).map((name) => [name, false]))
  const values: Record<string, unknown> = { switches: on }
  for (const [name, definition] of Object.entries(definitions)) {
    if (definition.default !== undefined) {
      values[definition.field] =
        definition.kind === 'gates'
          ? { ...knownGates }
          : parseValue(name, definition.kind, String(definition.default), knownGates)
    }
  }
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name, inline] = /^--?([a-z][a-z-]*)(?:=(.*))?$/s.exec(arg) ?? []
    if (name === undefined) throw new FlagError(`unexpected argument ${JSON.stringify(arg)}`)
    if (Object.hasOwn(switches, name)) {
      on[name] = parseValue(name, 'boolean', inline ?? 'true', knownGates) === true
      continue
    }
    const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined
    if (!definition) throw new FlagError(`unknown flag --${name}`)
    const text = inline ?? (definition.kind === 'boolean' ? 'true' : rest.shift())
    if (text === undefined) throw new FlagError(`--${name} needs a value`)
    const value = parseValue(name, definition.kind, text, knownGates)
    values[definition.field] =
      definition.kind === 'gates' ? { ...(values[definition.field] as object), ...(value as object) } : value
  }
  for (const field of ['kubeconfig', 'namespace', 'watchFilter']) if (values[field] === '') delete values[field]
  return values as unknown as ManagerFlags
}

/** The text of `--help`. */
export function managerFlagsHelp(program: string, switches: Readonly<Record<string, string>> = {}): string {
  const own = Object.entries(switches).map(([name, help]) => `${`  --${name}`.padEnd(44)}${help}`)
  const lines = Object.entries(definitions).map(([name, { kind, help, default: fallback }]) => {
    const flag = `  --${name}${kind === 'boolean' ? '' : ` ${kind === 'gates' ? 'Name=true,...' : kind}`}`
    const note = fallback === undefined || fallback === '' || fallback === false ? '' : ` (default ${String(fallback)})`
    return `${flag.padEnd(44)}${help}${note}`
  })
  return [`Usage: ${program} [flags]`, '', ...lines, ...own, ''].join('\n')
}

function parseValue(name: string, kind: Kind, text: string, knownGates: Readonly<Record<string, boolean>>): unknown {
  switch (kind) {
    case 'string':
      return text
    case 'boolean': {
      if (['true', '1', 't', 'T', 'TRUE', 'True'].includes(text)) return true
      if (['false', '0', 'f', 'F', 'FALSE', 'False'].includes(text)) return false
      throw new FlagError(`--${name} takes true or false, not ${JSON.stringify(text)}`)
    }
    case 'integer': {
      if (!/^\d{1,6}$/.test(text)) throw new FlagError(`--${name} takes a number, not ${JSON.stringify(text)}`)
      return Number(text)
    }
    case 'duration':
      return parseDuration(name, text)
    case 'gates':
      return parseGates(name, text, knownGates)
  }
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Go's duration format as far as flags use it, such as `1h30m` or `15s`. */
function parseDuration(name: string, text: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    throw new FlagError(`--${name} takes a duration such as 10m or 90s, not ${JSON.stringify(text)}`)
  }
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (unitMs[unit ?? ''] ?? 0)
  }
  return total
}

function parseGates(
  name: string,
  text: string,
  knownGates: Readonly<Record<string, boolean>>,
): Record<string, boolean> {
  const gates: Record<string, boolean> = {}
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [gate = '', value = ''] = pair.split('=').map((part) => part.trim())
    if (!Object.hasOwn(knownGates, gate)) {
      const known = Object.keys(knownGates).join(', ') || 'none'
      throw new FlagError(`--${name}: unknown feature gate ${JSON.stringify(gate)}; known: ${known}`)
    }
    if (value !== 'true' && value !== 'false') {
      throw new FlagError(`--${name}: ${gate} takes true or false, not ${JSON.stringify(value)}`)
    }
    gates[gate] = value === 'true'
  }
  return gates
}
