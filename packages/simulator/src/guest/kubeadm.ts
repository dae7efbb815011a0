import { gunzipSync } from 'node:zlib'

import { parse, parseAllDocuments } from 'yaml'

import { renderJinja, type InstanceData } from './jinja.ts'
import type { UserDataPart } from './user-data.ts'

interface NodeTaint {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

/** What `kubeadm join` would do on the machine. */
export interface JoinConfiguration {
  /** Node name; the host name when absent. */
  readonly name?: string
  /** Undefined: kubeadm's default for a worker, none. */
  readonly taints?: readonly NodeTaint[]
  readonly kubeletArguments: Readonly<Record<string, string>>
  /** `host:port`. */
  readonly endpoint?: string
  /** `id.secret`. */
  readonly token?: string
}

interface RawJoinConfiguration {
  nodeRegistration?: {
    name?: string
    taints?: NodeTaint[]
    /** A map until v1beta3, a list since v1beta4. */
    kubeletExtraArgs?: Record<string, string> | { name: string; value: string }[]
  }
  discovery?: {
    bootstrapToken?: { token?: string; apiServerEndpoint?: string }
    tlsBootstrapToken?: string
  }
}

/**
 * The join configuration in a machine's user data, or undefined when there is none (a machine whose image joins
 * by itself). Found as kubeadm's bootstrap providers write it: a file of a cloud-config, or of an Ignition config.
 */
export function findJoinConfiguration(
  parts: readonly UserDataPart[],
  data: InstanceData,
): JoinConfiguration | undefined {
  for (const { type, content } of parts) {
    const rendered = renderJinja(content, data)
    const files =
      type === 'application/json'
        ? ignitionFiles(rendered)
        : type === 'text/cloud-config'
          ? cloudConfigFiles(rendered)
          : []
    for (const file of files) {
      const raw = joinDocument(file)
      if (raw) return toJoinConfiguration(raw)
    }
  }
  return undefined
}

interface WriteFile {
  content?: string
  encoding?: string
}

function cloudConfigFiles(text: string): string[] {
  const config = parse(text) as { write_files?: WriteFile[] } | null
  return (config?.write_files ?? []).map(({ content = '', encoding = '' }) => {
    const bytes = /b64|base64/.test(encoding) ? Buffer.from(content, 'base64') : Buffer.from(content)
    return (/gz/.test(encoding) ? gunzipSync(bytes) : bytes).toString()
  })
}

/** Contents are data URLs, https://coreos.github.io/ignition/configuration-v3_4/ */
function ignitionFiles(text: string): string[] {
  const config = JSON.parse(text) as { storage?: { files?: { contents?: { source?: string } }[] } }
  return (config.storage?.files ?? []).map(({ contents }) => {
    const [, base64, payload = ''] = /^data:[^,]*?(;base64)?,(.*)$/s.exec(contents?.source ?? '') ?? []
    return base64 ? Buffer.from(payload, 'base64').toString() : decodeURIComponent(payload)
  })
}

function joinDocument(file: string): RawJoinConfiguration | undefined {
  if (!/^kind:\s*JoinConfiguration\s*$/m.test(file)) return undefined
  return parseAllDocuments(file)
    .map((document) => document.toJS() as { kind?: string } | null)
    .find((document) => document?.kind === 'JoinConfiguration') as RawJoinConfiguration | undefined
}

function toJoinConfiguration({ nodeRegistration = {}, discovery = {} }: RawJoinConfiguration): JoinConfiguration {
  const { name, taints, kubeletExtraArgs = {} } = nodeRegistration
  const { bootstrapToken } = discovery
  const token = bootstrapToken?.token ?? discovery.tlsBootstrapToken
  return {
    ...(name && { name }),
    ...(taints && { taints }),
    kubeletArguments: Array.isArray(kubeletExtraArgs)
      ? Object.fromEntries(kubeletExtraArgs.map((argument) => [argument.name, argument.value]))
      : kubeletExtraArgs,
    ...(bootstrapToken?.apiServerEndpoint && { endpoint: bootstrapToken.apiServerEndpoint }),
    ...(token && { token }),
  }
}
