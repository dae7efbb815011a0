interface Accepted {
  /** Of one case only. */
  readonly case?: string
  readonly pattern: RegExp
  readonly reason: string
}

/** Whether a line of differences is meant. */
export function isAccepted(name: string, line: string): boolean {
  return accepted.some(({ case: only, pattern }) => (only === undefined || only === name) && pattern.test(line))
}

/** Differences that are meant, each with its reason. The documentation prints this list. */
export const accepted: readonly Accepted[] = [
  {
    case: 'kubectl explain widget',
    pattern: /git\.k8s\.io/,
    reason: 'The fields that every object has are described in words of our own.',
  },
  {
    case: 'kubectl explain configmap.data',
    pattern: /Data contains the configuration data/,
    reason: 'Fields of built-in kinds have types but no descriptions.',
  },
  {
    case: 'kubectl api-versions',
    pattern: /flowcontrol/,
    reason: 'Only the groups that controllers of machine pools and their tools use are served.',
  },
  {
    case: 'rules: a costly message',
    pattern: /./,
    reason:
      'The cost of CEL rules is not estimated, so a definition whose rules kube-apiserver finds too costly is taken here.',
  },
  {
    pattern:
      /disruption budget b is still being processed|retryAfterSeconds: real 10|status.*InsufficientPods|status\.(observedGeneration|expectedPods|desiredHealthy): real (0|nothing)/,
    reason:
      'Budgets are kept up to date by the server itself; a real cluster without its controllers answers that they are not.',
  },
  {
    pattern: /json parse error: .*not JSON/,
    reason:
      'A body that is no JSON is answered with 400 on both sides; the words about the place are those of the JSON parser.',
  },
  {
    pattern: /(Available representations|media types are accepted): .*protobuf/,
    reason:
      'Protobuf is read but never answered, so it is not offered; clients that ask for it take JSON as their second choice.',
  },
  {
    pattern: /spec\.taints: real .*node\.kubernetes\.io\/not-ready|finalizers.*pvc-protection/,
    reason:
      'The admission plugins that taint new Nodes and protect claims need a controller to take that off again; neither is here.',
  },
  {
    pattern: /x-kubernetes-validations\[0\]\.rule.*compilation failed|Invalid value: \{\\"Rule\\".*compilation failed/,
    reason:
      'A rule that does not compile is refused on both sides; the words about the place are those of the CEL compiler.',
  },
]
