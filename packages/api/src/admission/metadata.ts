import { invalid, type FieldError } from './admission.ts'

const name = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const maxAnnotationBytes = 256 * 1024

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  const errors: FieldError[] = []
  for (const [key, value] of Object.entries(labels ?? {})) {
    const wrong = qualifiedNameProblem(key)
    if (wrong !== undefined) errors.push(invalid(path, key, wrong))
    if (value.length > 63) errors.push(invalid(path, value, 'must be no more than 63 characters'))
    else if (value !== '' && !name.test(value)) {
      errors.push(
        invalid(
          path,
          value,
          'a label value must consist of letters, digits, -, _ or ., beginning and ending with a letter or digit',
        ),
      )
    }
  }
  return errors
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/#syntax-and-character-set */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  const errors: FieldError[] = []
  let bytes = 0
  for (const [key, value] of Object.entries(annotations ?? {})) {
    const wrong = qualifiedNameProblem(key.toLowerCase())
    if (wrong !== undefined) errors.push(invalid(path, key, wrong))
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (bytes > maxAnnotationBytes) {
    errors.push({ field: path, type: 'Invalid', message: `must be at most ${maxAnnotationBytes} bytes together` })
  }
  return errors
}

function qualifiedNameProblem(key: string): string | undefined {
  const parts = key.split('/')
  const local = parts.at(-1) ?? ''
  if (parts.length > 2) return 'a key must be a name, or a DNS subdomain, a / and a name'
  if (parts.length === 2) {
    const prefix = parts[0] ?? ''
    if (prefix.length > 253 || !dnsSubdomain.test(prefix)) return 'the part before / must be a DNS subdomain'
  }
  if (local.length > 63) return 'the name part of a key must be no more than 63 characters'
  if (!name.test(local)) {
    return 'the name part of a key must consist of letters, digits, -, _ or ., beginning and ending with a letter or digit'
  }
  return undefined
}
