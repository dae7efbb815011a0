/** https://semver.org, with the leading v that Kubernetes writes. */
const version =
  /^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-((0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/

export function isKubernetesVersion(text: string): boolean {
  return version.test(text)
}

export function withLeadingV(text: string): string {
  return text.startsWith('v') ? text : `v${text}`
}
