import { errorBehaviours, errorCodes, type Capabilities } from '@machinepool/contract'
import {
  conformanceCases,
  planConformance,
  type ConformanceSuite,
  type PlannedCase,
} from '@machinepool/contract/testing'

/** Pages of the documentation that are printed from data, by their path from the root of the repository. */
export function generatedPages(suites: readonly ConformanceSuite[]): ReadonlyMap<string, string> {
  return new Map([
    ['docs/contract/errors.md', errorsPage()],
    ['docs/contract/conformance.md', conformancePage()],
    ['docs/providers/support-matrix.md', supportMatrix(suites)],
  ])
}

const notice = '<!-- Printed by test/conformance/write-pages.ts; a test compares. -->'

/** A Markdown table with aligned columns, as the formatter leaves it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_cell, column) => Math.max(3, ...cells.map((row) => row[column]!.length)))
  const rule = widths.map((width) => '-'.repeat(width))
  const [first, ...rest] = cells
  return [first!, rule, ...rest]
    .map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`)
    .join('\n')
}

function seconds(ms: number): string {
  return `${ms / 1_000} s`
}

const retries = {
  observe: 'at once, with a new observation',
  backoff: 'after a delay that doubles',
  change: 'when the spec, the credentials or the cloud changed; looks again meanwhile',
} as const

function errorsPage(): string {
  const rows = errorCodes.map((code) => {
    const { reason, retry, initialDelayMs, maximumDelayMs, meaning } = errorBehaviours[code]
    return [
      `\`${code}\``,
      `\`${reason}\``,
      meaning,
      retries[retry],
      `${seconds(initialDelayMs)} to ${seconds(maximumDelayMs)}`,
    ]
  })
  return `# Error codes

${notice}

A provider throws \`ProviderError\` and nothing else. Its \`code\` is one of a closed set; the engine decides by the code and
never by the message. A provider may give a \`reason\` that says more than the one in this table, the \`field\` of the spec
that is wrong, the \`zone\`, and \`retryAfterMs\` when the cloud named a time. Every failure is a condition that clears by
itself once its cause is gone.

${table(['Code', 'Reason of the condition', 'Meaning', 'Tried again', 'Delay'], rows)}
`
}

function conformancePage(): string {
  const rows = conformanceCases.map(({ id, rule, title, needs }) => [id, rule, title, (needs ?? []).join(', ')])
  return `# Conformance cases

${notice}

\`@machinepool/contract/testing\` exports these cases as data (\`conformanceCases\`), with \`planConformance\` and
\`runConformanceCase\` to run them under any test runner. Identifiers are never used again for another rule. Rules are those
of the design document. The last column names what a harness must be able to do to the cloud for the case.

${table(['Case', 'Rule', 'What must be true', 'Needs'], rows)}
`
}

function supportMatrix(suites: readonly ConformanceSuite[]): string {
  const planned = suites.map((suite) => planConformance(suite))
  const names = suites.map(({ name }) => name)
  const abilities = describedCapabilities.map(([label, text]) => [
    label,
    ...suites.map(({ capabilities }) => text(capabilities)),
  ])
  const cases = conformanceCases.map(({ id, title }, index) => [id, title, ...planned.map((row) => mark(row[index]!))])
  return `# Support matrix

${notice}

## Capabilities

${table(['Capability', ...names], abilities)}

## Conformance

\`yes\`: the case runs and holds. \`n/a\`: a capability makes it meaningless. \`skipped\`: it should hold and is not run; the
reason is below.

${table(['Case', 'What must be true', ...names], cases)}
${skips(suites)}`
}

function mark({ status }: PlannedCase): string {
  return { run: 'yes', notApplicable: 'n/a', skipped: 'skipped' }[status]
}

function skips(suites: readonly ConformanceSuite[]): string {
  const lines = suites.flatMap(({ name, skip }) => (skip ?? []).map(({ id, reason }) => `- ${name}, ${id}: ${reason}`))
  return lines.length === 0 ? '' : `\n## Skipped\n\n${lines.join('\n')}\n`
}

const yesNo = (value: boolean): string => (value ? 'yes' : 'no')

const describedCapabilities: readonly (readonly [string, (capabilities: Capabilities) => string])[] = [
  ['A chosen instance can be removed', ({ removeChosen }) => yesNo(removeChosen)],
  ['Removal that keeps the size', ({ removeKeepingSize }) => removeKeepingSize],
  [
    'Terminations can be held',
    ({ holdTermination }) =>
      holdTermination
        ? `heartbeat ${holdTermination.heartbeatSeconds} s, at most ${holdTermination.maximumSeconds} s`
        : 'no',
  ],
  ['Rollout by the cloud', ({ cloudRollout }) => cloudRollout],
  ['Machine objects', ({ machines }) => yesNo(machines)],
  [
    'The cloud itself drains at',
    ({ drainsByItself }) =>
      Object.entries(drainsByItself)
        .flatMap(([event, drains]) => (drains ? [event] : []))
        .join(', ') || 'no event',
  ],
  ['Extra instances in a rollout by', ({ surge }) => surge],
  ['Scale to zero', ({ scaleToZero }) => yesNo(scaleToZero)],
  ['Long-running operations', ({ longRunningOperations }) => yesNo(longRunningOperations)],
  ['A provider id can come back', ({ reusesProviderIDs }) => yesNo(reusesProviderIDs)],
  ['The size is the only way down', ({ resizeRemovesLive }) => yesNo(resizeRemovesLive)],
]
