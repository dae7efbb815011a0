const decimal = /^[1-9]\d*$/

/**
 * Whether one resource version came before another of the same kind. Only decimal ones can be compared, as those of
 * Kubernetes are (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions); of others nothing is known, and
 * the answer is no.
 */
export function isBefore(version: string | undefined, other: string | undefined): boolean {
  if (version === undefined || other === undefined || !decimal.test(version) || !decimal.test(other)) {
    return false
  }
  return version.length === other.length ? version < other : version.length < other.length
}
