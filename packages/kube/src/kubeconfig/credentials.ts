import { readFile } from 'node:fs/promises'

import type { Clock } from '../clock.ts'
import { staticCredential, type Credential, type CredentialSource } from './config.ts'

/** How long a credential read from a file is used before the file is read again, as client-go does. */
const fileAgeMs = 60_000

/**
 * Reads a credential from files again and again: service account tokens and certificates rotate under a running process.
 * While a file cannot be read the last good credential stays in use.
 */
export function fileCredential(read: () => Promise<Credential>, clock: Clock): CredentialSource {
  let known: { readonly credential: Credential; readonly at: number } | undefined
  return {
    async current() {
      if (known !== undefined && clock.now() - known.at < fileAgeMs) {
        return known.credential
      }
      try {
        known = { credential: await read(), at: clock.now() }
      } catch (error) {
        if (known === undefined) {
          throw error
        }
      }
      return known.credential
    },
    invalidate() {
      if (known !== undefined) {
        known = { ...known, at: Number.NEGATIVE_INFINITY }
      }
      return true
    },
  }
}

/** @param fallback a token to use as long as the file has never been read. */
export function tokenFileCredential(path: string, clock: Clock, fallback?: string): CredentialSource {
  let read = false
  return fileCredential(async () => {
    try {
      const token = (await readFile(path, 'utf8')).trim()
      if (token === '') {
        throw new Error(`token file ${path} is empty`)
      }
      read = true
      return { authorization: `Bearer ${token}` }
    } catch (error) {
      if (read || fallback === undefined) throw error
      return { authorization: `Bearer ${fallback}` }
    }
  }, clock)
}

/** Headers of several sources in one; the first one to give a certificate or an authorization wins. */
export function combineCredentials(sources: readonly CredentialSource[]): CredentialSource {
  const [only] = sources
  if (only === undefined) {
    return staticCredential({})
  }
  if (sources.length === 1) {
    return only
  }
  return {
    async current(signal) {
      const credentials = await Promise.all(sources.map((source) => source.current(signal)))
      const combined: Credential = Object.assign({}, ...credentials.toReversed())
      return { ...combined, headers: Object.assign({}, ...credentials.map((credential) => credential.headers)) }
    },
    invalidate: () => sources.map((source) => source.invalidate()).some(Boolean),
  }
}
