export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * One request of a case. In paths and bodies `$ns` stands for the namespace of the case, `$hooks` and `$ca` for where the
 * suite's webhooks are, and `$rv`, `$uid` and `$continue` for what the metadata of the latest answer said.
 */
export interface Step {
  readonly method: Method
  readonly path: string
  readonly body?: unknown
  readonly type?: string
  readonly accept?: string
  readonly watch?: Watch
  /** The answer is not compared. */
  readonly quiet?: true
  /** Asked again until it is answered with this code. */
  readonly until?: number
  /** Asked again until the answer has this text. */
  readonly shows?: string
  /** Also a failure is not compared. */
  readonly anyway?: true
}

/** The request is a watch: the steps run while it is open. */
export interface Watch {
  /** It is ended after so many events. */
  readonly events: number
  readonly meanwhile: readonly Step[]
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
export const watch = (path: string, events: number, meanwhile: readonly Step[], accept?: string): Step => ({
  ...get(path, accept),
  watch: { events, meanwhile },
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
