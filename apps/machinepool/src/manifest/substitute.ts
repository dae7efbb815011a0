/** A manifest names variables that have no value and no default. */
export class UnsetVariableError extends Error {
  override readonly name = 'UnsetVariableError'
  readonly variables: readonly string[]

  constructor(variables: readonly string[], source: string) {
    const list = variables.map((name) => `\${${name}}`).join(', ')
    const one = variables.length === 1
    super(
      `${source}: ${list} ${one ? 'is' : 'are'} not set. ` +
        `Set ${one ? 'it' : 'them'} in the environment, or give a default in the manifest: \${${variables[0]}:=value}`,
    )
    this.variables = variables
  }
}

/** A manifest uses an expression this program does not know. */
export class SubstitutionError extends Error {
  override readonly name = 'SubstitutionError'
}

// `$${` stands for a literal `${`, as in clusterctl.
const expression = /\$\$\{|\$\{([^}]*)\}/g
const variable = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[=-])(.*))?$/s

/**
 * Replaces `${VAR}`, `${VAR:=default}`, `${VAR:-default}`, `${VAR=default}` and `${VAR-default}` in the text of a
 * manifest, the way clusterctl does. With a colon the default also stands in for an empty value. `$${` escapes.
 *
 * @param source names the manifest in error messages
 * @throws {UnsetVariableError} naming every variable without value and default, not only the first
 * @throws {SubstitutionError} for any other `${...}` expression
 */
export function substituteVariables(
  text: string,
  values: Readonly<Record<string, string | undefined>>,
  source = 'manifest',
): string {
  const unset = new Set<string>()
  const result = text.replace(expression, (whole, inside: string | undefined) => {
    if (inside === undefined) return '${'
    const [, name, operator, fallback] = variable.exec(inside.trim()) ?? []
    if (name === undefined) {
      throw new SubstitutionError(
        `${source}: ${whole} is not understood; write \${VAR} or \${VAR:=default}, or $\${...} for a literal`,
      )
    }
    const value = values[name]
    if (value !== undefined && (value !== '' || !operator?.startsWith(':'))) return value
    if (operator !== undefined) return fallback ?? ''
    if (value === undefined) unset.add(name)
    return ''
  })
  if (unset.size > 0) throw new UnsetVariableError([...unset], source)
  return result
}
