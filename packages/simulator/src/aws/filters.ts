import { AwsError } from './error.ts'

export interface Filter {
  readonly Name?: string
  readonly Values?: readonly string[]
}

export interface Tag {
  readonly Key: string
  readonly Value: string
}

/** Values of an object under a filter's name; undefined when the service has no such filter. */
export type FilterFields<T> = Readonly<Record<string, (object: T) => readonly (string | undefined)[]>>

/**
 * EC2's filters: all must match; of the values of one, any. Values may contain `*` and `?`; `tag:KEY`,
 * `tag-key` and `tag-value` work for everything that has tags.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
 */
export function matchesFilters<T>(
  object: T,
  filters: readonly Filter[] | undefined,
  fields: FilterFields<T>,
  tags: readonly Tag[] = [],
): boolean {
  return (filters ?? []).every(({ Name: name = '', Values: values = [] }) => {
    const actual = valuesOf(object, name, fields, tags)
    if (!actual) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`)
    return values.some((wanted) => {
      const pattern = toPattern(wanted)
      return actual.some((value) => value !== undefined && pattern.test(value))
    })
  })
}

function valuesOf<T>(object: T, name: string, fields: FilterFields<T>, tags: readonly Tag[]) {
  if (name.startsWith('tag:')) return tags.filter(({ Key }) => Key === name.slice(4)).map(({ Value }) => Value)
  if (name === 'tag-key') return tags.map(({ Key }) => Key)
  if (name === 'tag-value') return tags.map(({ Value }) => Value)
  return fields[name]?.(object)
}

function toPattern(wanted: string): RegExp {
  const source = wanted
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's')
}
