import type { Method, Model } from './model.ts'

export interface Route {
  /** As in `instanceGroupManagers.insert`. */
  readonly id: string
  readonly method: Method
  /** Variables of the path. */
  readonly variables: Readonly<Record<string, string>>
}

interface Candidate {
  readonly id: string
  readonly method: Method
  readonly segments: readonly string[]
}

/** Finds the method that a request means; `path` begins after `/compute/v1/`. */
export function createRouter(model: Model): (verb: string, path: string) => Route | undefined {
  const candidates = Object.entries(model.methods).map(([id, method]) => ({
    id,
    method,
    segments: method.path.split('/'),
  }))
  // `images/family/{family}` is tried before `images/{image}`: fewer variables are a better fit.
  candidates.sort((a, b) => variablesOf(a) - variablesOf(b))
  return (verb, path) => {
    const segments = path.split('/').map(decodeURIComponent)
    for (const { id, method, segments: pattern } of candidates) {
      if (method.verb !== verb || pattern.length !== segments.length) continue
      const variables = match(pattern, segments)
      if (variables) return { id, method, variables }
    }
    return undefined
  }
}

function variablesOf({ segments }: Candidate): number {
  return segments.filter((segment) => segment.startsWith('{')).length
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const variables: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index]!
    if (part.startsWith('{')) {
      if (segment === '') return undefined
      variables[part.slice(1, -1)] = segment
    } else if (part !== segment) return undefined
  }
  return variables
}
