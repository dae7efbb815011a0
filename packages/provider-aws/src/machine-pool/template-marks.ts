import { canonicalHash, parseRevision, type JsonObject } from '@machinepool/contract'

/** What a launch template version says about itself. Versions are immutable, so instances can be judged by it (R15). */
export interface TemplateMarks {
  /** `v<N>:<hash>` over everything that requires replacing an instance. */
  readonly revision: string
  /** Hash of the whole request but the user data: shows changes that need a new version and no replacement. */
  readonly request: string
  /** Hash of what the image was looked up by: while it is unchanged, the image of the version is the pin (R21). */
  readonly image: string
  /** SHA-256 of the bootstrap data, hex. */
  readonly bootstrap: string
}

const prefix = 'machinepool'
const hashLength = 16

/** A hash short enough for a version description, which has 255 characters. */
export function shortHash(value: JsonObject): string {
  return canonicalHash(value).slice(0, hashLength)
}

export function formatMarks(marks: TemplateMarks): string {
  const { revision, request, image, bootstrap } = marks
  return `${prefix} revision=${revision} request=${request} image=${image} bootstrap=${bootstrap}`
}

/** The marks in a version description; `undefined` for descriptions of anybody else. */
export function parseMarks(description: string | undefined): TemplateMarks | undefined {
  const [first, ...pairs] = (description ?? '').split(' ')
  if (first !== prefix) return undefined
  const marks = Object.fromEntries(pairs.map((pair) => splitAt(pair, '=')))
  const { revision, request, image, bootstrap } = marks
  if (revision === undefined || parseRevision(revision) === undefined) return undefined
  return { revision, request: request ?? '', image: image ?? '', bootstrap: bootstrap ?? '' }
}

/**
 * Tag of a launch template that stamps one of its versions (R29): the version was made by somebody else, equals what we
 * would have made, and cannot be described any more.
 */
export function stampTag(version: number): string {
  return `machinepool/revision-of-version-${version}`
}

function splitAt(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}
