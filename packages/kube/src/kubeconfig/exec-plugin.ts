import { spawn } from 'node:child_process'

import type { Clock } from '../clock.ts'
import { KubeconfigError, type Credential, type CredentialSource } from './config.ts'
import type { ExecEntry } from './schema.ts'

const supportedVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']

/** A plugin may ask a cloud; more than this and it hangs. */
const pluginTimeoutMs = 60_000

/** A token that ends this soon is not started with. */
const expiryLeewayMs = 10_000

/** Answers of plugins are a few kilobytes. */
const longestAnswer = 1024 * 1024

export interface ExecPluginOptions {
  readonly exec: ExecEntry
  /** Environment of the plugin, before the entries of `exec.env`. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Shown to plugins that ask for it (`provideClusterInfo`). */
  readonly cluster: object
  readonly clock: Clock
  /** Names the entry in errors. */
  readonly origin: string
}

/** The `ExecCredential` a plugin prints (https://kubernetes.io/docs/reference/config-api/client-authentication.v1/). */
interface ExecCredential {
  readonly kind?: string
  readonly apiVersion?: string
  readonly status?: {
    readonly expirationTimestamp?: string
    readonly token?: string
    readonly clientCertificateData?: string
    readonly clientKeyData?: string
  }
}

/**
 * Runs a credential plugin and keeps its answer until `status.expirationTimestamp`, or for good when it names none.
 * Requests that need a credential at the same time share one run.
 */
export function execCredential(options: ExecPluginOptions): CredentialSource {
  const { exec, clock, origin } = options
  if (exec.command === undefined || exec.command === '') {
    throw new KubeconfigError(`${origin}: exec.command is missing`)
  }
  if (exec.apiVersion === undefined || !supportedVersions.includes(exec.apiVersion)) {
    throw new KubeconfigError(`${origin}: exec.apiVersion must be one of ${supportedVersions.join(', ')}`)
  }
  if (exec.interactiveMode === 'Always') {
    throw new KubeconfigError(`${origin}: exec.interactiveMode Always cannot work without a terminal`)
  }
  let known: { readonly credential: Credential; readonly until: number } | undefined
  let running: Promise<Credential> | undefined

  async function renew(): Promise<Credential> {
    const status = await runPlugin(options)
    const until =
      status.expirationTimestamp === undefined ? Number.POSITIVE_INFINITY : Date.parse(status.expirationTimestamp)
    if (Number.isNaN(until)) {
      throw new KubeconfigError(`${origin}: the plugin's status.expirationTimestamp is not an RFC 3339 time`)
    }
    const credential: Credential = {
      ...(status.token ? { authorization: `Bearer ${status.token}` } : {}),
      ...(status.clientCertificateData && status.clientKeyData
        ? { clientCertificate: { certificate: status.clientCertificateData, key: status.clientKeyData } }
        : {}),
    }
    known = { credential, until }
    return credential
  }

  return {
    async current() {
      if (known !== undefined && clock.now() < known.until - expiryLeewayMs) {
        return known.credential
      }
      running ??= renew().finally(() => {
        running = undefined
      })
      return running
    },
    invalidate() {
      known = undefined
      return true
    },
  }
}

async function runPlugin(options: ExecPluginOptions): Promise<NonNullable<ExecCredential['status']>> {
  const { exec, origin } = options
  const environment = {
    ...options.environment,
    ...Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify({
      apiVersion: exec.apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: false, ...(exec.provideClusterInfo === true ? { cluster: options.cluster } : {}) },
    }),
  }
  const output = await run(exec, environment, origin)
  let answer: ExecCredential
  try {
    answer = JSON.parse(output) as ExecCredential
  } catch (error) {
    // The output itself may hold a token: it is not shown.
    throw new KubeconfigError(`${origin}: the plugin ${exec.command} did not print JSON`, { cause: error })
  }
  const status = answer.status
  if (answer.kind !== 'ExecCredential' || status === undefined) {
    throw new KubeconfigError(`${origin}: the plugin ${exec.command} did not print an ExecCredential with a status`)
  }
  if (answer.apiVersion !== exec.apiVersion) {
    throw new KubeconfigError(
      `${origin}: the plugin ${exec.command} answered ${answer.apiVersion}, not ${exec.apiVersion}`,
    )
  }
  const { token = '', clientCertificateData: certificate = '', clientKeyData: key = '' } = status
  if (token === '' && certificate === '' && key === '') {
    throw new KubeconfigError(`${origin}: the plugin ${exec.command} gave neither a token nor a certificate`)
  }
  if ((certificate === '') !== (key === '')) {
    throw new KubeconfigError(
      `${origin}: the plugin ${exec.command} must give clientCertificateData and clientKeyData together`,
    )
  }
  return status
}

function run(exec: ExecEntry, environment: Record<string, string | undefined>, origin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(exec.command ?? '', exec.args ?? [], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: pluginTimeoutMs,
    })
    let output = ''
    let complaint = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.length > longestAnswer) {
        child.kill()
      }
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000)
    })
    child.on('error', (error) => {
      const hint = exec.installHint === undefined ? '' : `\n${exec.installHint}`
      reject(
        new KubeconfigError(`${origin}: cannot run the plugin ${exec.command}: ${error.message}${hint}`, {
          cause: error,
        }),
      )
    })
    child.on('close', (code, signal) => {
      if (code === 0) {
        resolve(output)
      } else {
        reject(
          new KubeconfigError(`${origin}: the plugin ${exec.command} failed (${signal ?? code}): ${complaint.trim()}`),
        )
      }
    })
  })
}
