import { ApiError, ConnectionError, KubeconfigError as KubeError } from '@machinepool/kube'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'

import { apply } from './commands/apply.ts'
import { clusterAdd } from './commands/cluster-add.ts'
import { convert } from './commands/convert.ts'
import { completion, shells } from './commands/completion.ts'
import { crds } from './commands/crds.ts'
import { describe } from './commands/describe.ts'
import { get } from './commands/get.ts'
import { iam } from './commands/iam.ts'
import { plan } from './commands/plan.ts'
import { unhold } from './commands/unhold.ts'
import { migrate } from './commands/migrate.ts'
import { up } from './commands/up.ts'
import { cloudNames, clouds } from './clouds/clouds.ts'
import { KubeconfigError } from './cluster/inline-kubeconfig.ts'
import { UsageError, type Context } from './context.ts'
import { RefusedError } from './kubernetes/apply-objects.ts'
import { UnknownKindError } from './kubernetes/resource-finder.ts'
import { ManifestError } from './manifest/read.ts'
import { SubstitutionError, UnsetVariableError } from './manifest/substitute.ts'
import { DataDirInUseError } from './system/data-dir.ts'
import { version } from './version.ts'

/** Failures that the user can mend: the message says it all. */
const mendable = [
  ApiError,
  ConnectionError,
  DataDirInUseError,
  KubeconfigError,
  KubeError,
  ManifestError,
  RangeError,
  RefusedError,
  SubstitutionError,
  UnknownKindError,
  UnsetVariableError,
  UsageError,
]

/** Runs one command line and returns the exit code. */
export async function runProgram(args: readonly string[], context: Context): Promise<number> {
  let code = 0
  const program = createProgram(context, (result) => {
    code = result
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    if (mendable.some((type) => error instanceof type)) {
      context.err.write(`error: ${(error as Error).message}\n`)
      if (error instanceof ConnectionError && error.code === 'unreachable') {
        context.err.write('Nothing answers there. Is the server, or `machinepool up`, still running?\n')
      }
    } else {
      context.err.write(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    }
    return 1
  }
}

/** The command line as data: parsing, help and completion all come from it. */
export function createProgram(context: Context, setCode: (code: number) => void): Command {
  const program = new Command('machinepool')
    .description('Cluster API machine pools: run them, look at them, plan their changes.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out.write(text),
      writeErr: (text) => context.err.write(text),
    })
    .showHelpAfterError('(--help shows what there is)')

  program
    .command('up')
    .description('run a local Kubernetes API, the controllers and, if asked to, a simulated cloud')
    .addOption(
      new Option('--simulate <cloud>', 'simulate this cloud; without it the real ones are used').choices(cloudNames),
    )
    .option('--data-dir <dir>', 'keep all state here; without it everything is in memory and gone at the end')
    .option('--port <port>', 'port of the Kubernetes API on 127.0.0.1; 0 takes a free one', portNumber, 0)
    .option('-f, --apply <file>', 'apply this manifest once the API serves; may be repeated', collect)
    .option('--cluster <name>', 'have a workload cluster of this name (with --simulate); may be repeated', collect)
    .option('--boot-delay <seconds>', 'how long simulated instances take to boot', seconds)
    .option('--once', 'stop when every applied pool is Running')
    .option('--timeout <seconds>', 'with --once: give up after this long', seconds, 120)
    .option('-v, --verbose', "print the controllers' log")
    .addHelpText(
      'after',
      examples(
        ['machinepool up --simulate aws -f pool.yaml', 'everything on this machine, nothing to pay'],
        ['machinepool up --simulate aws --data-dir ./state', 'go on where the last run stopped'],
        ['machinepool up --data-dir ./state -f pool.yaml', "against AWS, with the environment's credentials"],
        ['machinepool up --simulate aws -f pool.yaml --once', 'for CI: exit 0 when all pools run'],
      ),
    )
    .action(async (options) => setCode(await up(options, context)))

  connected(program.command('apply'))
    .description('apply manifests, with ${VAR} and ${VAR:=default} filled in from the environment')
    .requiredOption('-f, --filename <file>', 'file, directory or - for standard input; may be repeated', collect)
    .option('--dry-run', 'let the server check everything and change nothing')
    .addHelpText('after', examples(['AWS_SUBNET=subnet-1 machinepool apply -f pool.yaml', 'fill in a variable']))
    .action(async (options) => setCode(await apply(options, context)))

  connected(program.command('get'))
    .description('list objects, machine pools by default')
    .argument('[kind]', 'kind, plural or short name', 'machinepools')
    .argument('[name]', 'only this object')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['wide', 'yaml', 'json', 'name']))
    .option('-A, --all-namespaces', 'in all namespaces')
    .option('-l, --selector <labels>', 'only objects with these labels')
    .addHelpText(
      'after',
      examples(['machinepool get', 'all pools'], ['machinepool get awsmp workers -o yaml', 'one, whole']),
    )
    .action(async (kind, name, options) => setCode(await get(kind, name, options, context)))

  connected(program.command('describe'))
    .description('show one pool: what it consists of, its conditions, what happened')
    .argument('<pool>', 'name of the MachinePool')
    .addHelpText('after', examples(['machinepool describe workers', 'why it is not Running yet']))
    .action(async (name, options) => setCode(await describe(name, options, context)))

  connected(program.command('plan'))
    .description(
      'print what would be done for a pool, in order, and change nothing; exit code 2 when there is something',
    )
    .argument('[pool]', 'name of a MachinePool that exists')
    .option('-f, --filename <file>', 'a manifest as if it were applied: file, directory or -; may be repeated', collect)
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      examples(['machinepool plan -f pool.yaml', 'before applying it'], ['machinepool plan workers -o json', 'for CI']),
    )
    .action(async (pool, options) => setCode(await plan(pool, options, context)))

  connected(program.command('unhold'))
    .description('take termination holds away after the managers have been removed, and let go what waits for them')
    .argument('[pool]', 'name of the MachinePool')
    .option('--all', 'every pool; with -n, of that namespace')
    .addHelpText('after', examples(['machinepool unhold --all', 'nothing is held any more']))
    .action(async (pool, options) => setCode(await unhold(pool, options, context)))

  program
    .command('crds')
    .description('print the CustomResourceDefinitions as YAML')
    .argument('[provider...]', `only those of core, bootstrap-kubeadm, ${cloudNames.join(', ')}`)
    .option('--conversion-webhook <namespace/service>', 'let this Service of a manager convert between versions')
    .addHelpText('after', examples(['machinepool crds | kubectl apply --server-side -f -', 'install them']))
    .action((providers, options) => setCode(crds(providers, options, context)))

  program
    .command('convert')
    .description('print old manifests (exp groups, v1alpha3 to v1beta1) as they would be written today')
    .requiredOption('-f, --filename <file>', 'file, directory or - for standard input; may be repeated', collect)
    .addHelpText(
      'after',
      examples(['machinepool convert -f old.yaml > new.yaml', 'what changed is told on standard error']),
    )
    .action(async (options) => setCode(await convert(options, context)))

  connected(program.command('migrate'))
    .description('move live machine pools of the exp groups to the groups of today, without touching the cloud')
    .option('--dry-run', 'print what would be done and change nothing')
    .addHelpText(
      'after',
      examples(['machinepool migrate --dry-run', 'see it first; an interrupted run goes on where it stopped']),
    )
    .action(async (options) => setCode(await migrate(options, context)))

  program
    .command('iam')
    .description("print the least a cloud's provider needs to be allowed")
    .addArgument(program.createArgument('<cloud>').choices(cloudNames))
    .option('--partition <partition>', 'aws: aws (the default), aws-cn or aws-us-gov')
    .addHelpText('after', examples(['machinepool iam aws > policy.json', 'an IAM policy document']))
    .action((cloud, options) => setCode(iam(cloud, options, context)))

  const cluster = program
    .command('cluster')
    .description('work with Clusters')
    .addHelpText('after', examples(['machinepool cluster add --help', 'how to bring an existing cluster in']))
  const add = cluster
    .command('add')
    .description('give an existing Kubernetes cluster machine pools')
    .argument('<name>', 'name of the Cluster to make')
    .requiredOption('--kubeconfig <file>', 'kubeconfig of the existing cluster')
    .option('--context <name>', 'context in it')
    .option('--management-kubeconfig <file>', 'kubeconfig of the management cluster')
    .option('--data-dir <dir>', 'directory of a running `machinepool up`, as the management cluster')
    .option('-n, --namespace <namespace>', 'namespace of the Cluster')
    .addOption(new Option('--infrastructure <cloud>', 'describe the network its nodes live in').choices(cloudNames))
    .option('--region <region>', 'region of the network')
    .addHelpText(
      'after',
      examples([
        'machinepool cluster add prod --kubeconfig ~/.kube/prod --infrastructure aws --region eu-west-1 \\\n' +
          '      --subnet subnet-0a=eu-west-1a --security-group sg-0b',
        'an EC2 cluster that exists already',
      ]),
    )
    .action(async (name, options) => setCode(await clusterAdd(name, { ...options, network: options }, context)))
  for (const cloud of clouds) {
    for (const { flags, description, repeated } of cloud.existing.flags) {
      const text = `${cloud.name}: ${description}`
      if (repeated) add.option(flags, `${text}; may be repeated`, collect)
      else add.option(flags, text)
    }
  }

  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(program.createArgument('<shell>').choices([...shells]))
    .addHelpText(
      'after',
      examples(
        ['source <(machinepool completion bash)', 'for this shell; the same with zsh'],
        ['machinepool completion fish | source', 'fish'],
      ),
    )
    .action((shell) => setCode(completion(shell, program, context)))

  for (const command of [...program.commands, ...cluster.commands]) {
    command.exitOverride().copyInheritedSettings(program)
  }
  return program
}

function connected(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig of the management cluster')
    .option('--context <name>', 'context in it')
    .option('--data-dir <dir>', 'directory of a running `machinepool up`')
    .option('-n, --namespace <namespace>', 'namespace')
}

function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  return `\nExamples:\n${lines.map(([command, meaning]) => `  # ${meaning}\n  ${command}`).join('\n')}\n`
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value]
}

function portNumber(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) {
    throw new InvalidArgumentError('It takes a port, 0 to 65535; 0 takes a free one.')
  }
  return Number(value)
}

function seconds(value: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m)?$/.exec(value) ?? []
  if (amount === undefined) throw new InvalidArgumentError('It takes seconds, such as 120, 90s or 2m.')
  return Number(amount) * (unit === 'm' ? 60 : 1)
}
