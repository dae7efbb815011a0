import { gunzipSync } from 'node:zlib'

/** One part of a machine's user data: a cloud-config, a script, or anything else cloud-init reads. */
export interface UserDataPart {
  /** Such as `text/cloud-config`; told by the first line where there is no MIME header. */
  readonly type: string
  readonly content: string
}

/**
 * Takes user data apart as cloud-init does: compressed or not, one document or a MIME archive.
 * https://cloudinit.readthedocs.io/en/latest/explanation/format.html
 */
export function readUserData(bytes: Buffer): UserDataPart[] {
  const text = inflate(bytes).toString()
  if (text.trim() === '') return []
  const boundary = /^content-type:\s*multipart\/[^;]+;[^\n]*(?:\n[ \t][^\n]*)*?boundary="?([^"\s;]+)"?/im.exec(
    headOf(text),
  )?.[1]
  if (boundary === undefined) return [{ type: typeOf(text), content: text }]
  return text
    .split(new RegExp(`^--${escapeRegExp(boundary)}(?:--)?[ \\t]*\\r?$`, 'm'))
    .slice(1)
    .filter((part) => part.trim() !== '')
    .flatMap((part) => readPart(part.replace(/^\r?\n/, '')))
}

function inflate(bytes: Buffer): Buffer {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
}

function headOf(text: string): string {
  return text.split(/\r?\n\r?\n/, 1)[0]!
}

function readPart(part: string): UserDataPart[] {
  const head = headOf(part)
  const body = part.slice(head.length).replace(/^\r?\n\r?\n/, '')
  const encoding = /^content-transfer-encoding:\s*(\S+)/im.exec(head)?.[1]?.toLowerCase()
  const bytes = inflate(Buffer.from(body, encoding === 'base64' ? 'base64' : 'utf8'))
  const type = /^content-type:\s*([^;\s]+)/im.exec(head)?.[1]?.toLowerCase() ?? 'text/plain'
  // A part may be an archive of its own.
  if (type.startsWith('multipart/')) return readUserData(Buffer.from(part))
  const content = bytes.toString()
  return [{ type: type === 'text/plain' ? typeOf(content) : type, content }]
}

function typeOf(content: string): string {
  const first = content.trimStart().split('\n', 1)[0]!.trim()
  if (first.startsWith('## template: jinja')) return typeOf(content.slice(content.indexOf('\n') + 1))
  if (first.startsWith('#cloud-config')) return 'text/cloud-config'
  if (first.startsWith('#!')) return 'text/x-shellscript'
  if (first.startsWith('{')) return 'application/json'
  return 'text/plain'
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
