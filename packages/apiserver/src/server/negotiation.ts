import { noAcceptedType, notAcceptable } from '../failure.ts'

/** The form in which an answer is wanted. */
export interface Accepted {
  readonly as: 'Object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | 'APIGroupDiscoveryList'
  readonly format: 'json' | 'yaml'
  /** Of the group of the form. */
  readonly version: string
}

const offered = ['application/json', 'application/yaml', 'application/json;stream=watch']

/**
 * The first form of an Accept header that can be given.
 *
 * @throws ApiFailure 406 when there is none.
 */
export function negotiate(accept: string | undefined, custom = false): Accepted {
  if (accept === undefined || accept.trim() === '') return plain
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    const format = formats[type]
    if (format === undefined) continue
    const values = Object.fromEntries(parameters.map((parameter) => parameter.split('=')))
    const as = formOf(values['as'], values['g'], values['v'])
    if (as !== undefined) return { as, format, version: values['v'] ?? '' }
  }
  throw custom ? noAcceptedType(offered.slice(0, 2)) : notAcceptable(offered)
}

const plain: Accepted = { as: 'Object', format: 'json', version: '' }
const formats: Record<string, 'json' | 'yaml'> = {
  'application/json': 'json',
  'application/*': 'json',
  '*/*': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.yaml': 'yaml',
}

function formOf(
  as: string | undefined,
  group: string | undefined,
  version: string | undefined,
): Accepted['as'] | undefined {
  if (as === undefined) return 'Object'
  if (group === 'meta.k8s.io' && (version === 'v1' || version === 'v1beta1')) {
    return as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList' ? as : undefined
  }
  return group === 'apidiscovery.k8s.io' && version === 'v2' && as === 'APIGroupDiscoveryList' ? as : undefined
}
