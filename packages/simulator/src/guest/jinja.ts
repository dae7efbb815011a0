/** Instance data as cloud-init offers it to templates: nested objects of strings. */
export interface InstanceData {
  readonly [key: string]: string | InstanceData
}

/**
 * Fills in the `{{ ... }}` expressions of a document whose first line is `## template: jinja`; others stay as they
 * are. Only look-ups are understood: `ds.meta_data.local_hostname`, `ds.meta_data["local-hostname"]`, `v1.region`, and
 * one part of what was found: `ds.meta_data.local_hostname.split(".")[0]`.
 * An unknown name becomes `CI_MISSING_JINJA_VAR/name`, as with cloud-init.
 * https://cloudinit.readthedocs.io/en/latest/explanation/instancedata.html
 */
export function renderJinja(document: string, data: InstanceData): string {
  if (!/^\s*##\s*template:\s*jinja/i.test(document)) return document
  const body = document.slice(document.indexOf('\n') + 1)
  return body.replaceAll(/\{\{-?\s*(.*?)\s*-?\}\}/g, (_, expression: string) => {
    const split = /^(.*)\.split\(\s*(["'])(.+?)\2\s*\)\[(\d+)\]$/.exec(expression)
    const path = parsePath(split?.[1] ?? expression)
    if (!path) return `CI_MISSING_JINJA_VAR/${expression}`
    const value = lookUp(data, path)
    if (typeof value !== 'string') return `CI_MISSING_JINJA_VAR/${path.join('.')}`
    return split ? (value.split(split[3]!)[Number(split[4])] ?? '') : value
  })
}

function parsePath(expression: string): string[] | undefined {
  const first = /^[A-Za-z_]\w*/.exec(expression)
  if (!first) return undefined
  const path = [first[0]]
  let rest = expression.slice(first[0].length)
  while (rest !== '') {
    const step = /^(?:\.([A-Za-z_]\w*)|\[\s*(?:'([^']*)'|"([^"]*)")\s*\])/.exec(rest)
    if (!step) return undefined
    path.push(step[1] ?? step[2] ?? step[3]!)
    rest = rest.slice(step[0].length)
  }
  return path
}

function lookUp(data: InstanceData, path: readonly string[]): string | InstanceData | undefined {
  let value: string | InstanceData | undefined = data
  for (const name of path) {
    if (typeof value !== 'object') return undefined
    // Templates may write any key with underscores: jinja has no dashes in names.
    value = value[name] ?? value[name.replaceAll('_', '-')]
  }
  return value
}
