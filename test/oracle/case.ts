export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** One request of a case. In paths and bodies `$ns` stands for the namespace of the case. */
export interface Step {
  readonly method: Method
  readonly path: string
  readonly body?: unknown
  readonly type?: string
  readonly accept?: string
}

export interface Case {
  readonly name: string
  readonly steps: readonly Step[]
}

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

export const get = (path: string, accept?: string): Step => ({
  method: 'GET',
  path,
  ...(accept === undefined ? {} : { accept }),
})
export const create = (path: string, body: unknown): Step => ({ method: 'POST', path, body })
export const update = (path: string, body: unknown): Step => ({ method: 'PUT', path, body })
export const remove = (path: string, body?: unknown): Step => ({
  method: 'DELETE',
  path,
  ...(body === undefined ? {} : { body }),
})
export const patch = (type: keyof typeof patchTypes, path: string, body: unknown): Step => ({
  method: 'PATCH',
  path,
  body,
  type: patchTypes[type],
})

/** A case per entry: its name is the key. */
export function cases(group: string, table: Readonly<Record<string, readonly Step[]>>): Case[] {
  return Object.entries(table).map(([name, steps]) => ({ name: `${group}: ${name}`, steps }))
}
