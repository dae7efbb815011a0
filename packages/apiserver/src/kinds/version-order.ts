const versionName = /^v(\d+)(?:(alpha|beta)(\d+))?$/

/** Kubernetes' order of preference: GA before beta before alpha, newer before older, others last by name. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [versionName.exec(a), versionName.exec(b)]
  if (left === null || right === null) return left === right ? (a < b ? -1 : 1) : left === null ? 1 : -1
  const [x, y] = [rank(left), rank(right)]
  return (y[0] ?? 0) - (x[0] ?? 0) || (y[1] ?? 0) - (x[1] ?? 0) || (y[2] ?? 0) - (x[2] ?? 0)
}

function rank([, major, stage, minor]: RegExpExecArray): number[] {
  return [stage === undefined ? 2 : stage === 'beta' ? 1 : 0, Number(major), Number(minor ?? 0)]
}
