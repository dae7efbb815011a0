import {
  apiGroupDocument,
  apiGroupList,
  apiResourceList,
  apiVersions,
  aggregatedDiscovery,
} from '../discovery/discovery.ts'
import { pathNotFound } from '../failure.ts'
import type { Registry } from '../kinds/registry.ts'
import { swaggerDocument } from '../openapi/v2.ts'
import { openApiDocument, openApiIndex } from '../openapi/v3.ts'
import type { Accepted } from './negotiation.ts'
import type { Route } from './route.ts'

/** The Kubernetes version whose API this server follows. */
const version = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.1+machinepool',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'none',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
}

const known = new Set(['/', '/version', '/openapi/v2', '/openapi/v3'])

/** Documents about the API, kept until a kind is added or removed. */
export class Documents {
  readonly #registry: Registry
  readonly #kept = new Map<string, string>()
  #generation = -1

  constructor(registry: Registry) {
    this.#registry = registry
  }

  discovery(route: Route & { to: 'discovery' }, accepted: Accepted): string {
    const { group, version: name, legacy } = route
    const aggregated = accepted.as === 'APIGroupDiscoveryList'
    if (legacy && name === undefined) {
      return aggregated
        ? this.#keep('aggregated api', () => aggregatedDiscovery(this.#registry, true))
        : this.#keep('api', apiVersions)
    }
    if (group === undefined) {
      return aggregated
        ? this.#keep('aggregated apis', () => aggregatedDiscovery(this.#registry, false))
        : this.#keep('apis', () => apiGroupList(this.#registry))
    }
    if (name === undefined) return this.#keep(`group ${group}`, () => apiGroupDocument(this.#registry, group))
    return this.#keep(`resources ${group}/${name}`, () => apiResourceList(this.#registry, group, name))
  }

  /** Whether there is a document at a path, or could be in another version. */
  has(path: string): boolean {
    return known.has(path) || path.startsWith('/openapi/v3/')
  }

  document(path: string): string {
    switch (path) {
      case '/':
        return this.#keep(path, () => ({
          paths: [
            '/api',
            '/api/v1',
            '/apis',
            '/healthz',
            '/livez',
            '/openapi/v2',
            '/openapi/v3',
            '/readyz',
            '/version',
          ],
        }))
      case '/version':
        return JSON.stringify(version)
      case '/openapi/v2':
        return this.#keep(path, () => swaggerDocument(this.#registry))
      case '/openapi/v3':
        return this.#keep(path, () => openApiIndex(this.#registry))
      default: {
        const api = /^\/openapi\/v3\/(?:api\/([^/]+)|apis\/([^/]+)\/([^/]+))$/.exec(path)
        if (api === null) throw pathNotFound()
        const [, core, group = '', name = ''] = api
        return this.#keep(path, () => openApiDocument(this.#registry, group, core ?? name))
      }
    }
  }

  #keep(key: string, make: () => object | undefined): string {
    if (this.#generation !== this.#registry.generation) {
      this.#kept.clear()
      this.#generation = this.#registry.generation
    }
    let text = this.#kept.get(key)
    if (text === undefined) {
      const document = make()
      if (document === undefined) throw pathNotFound()
      this.#kept.set(key, (text = JSON.stringify(document)))
    }
    return text
  }
}
