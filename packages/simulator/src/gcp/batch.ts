import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http'

import type { Reply } from '../listener.ts'

/** One call inside a batch. */
export interface BatchCall {
  readonly verb: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Part {
  readonly headers: IncomingHttpHeaders
  readonly content: string
}

/**
 * Answers several calls in one: a multipart message of HTTP requests gets one of HTTP responses. gcloud asks in this way
 * for the autoscalers of the groups it lists. https://cloud.google.com/compute/docs/api/how-tos/batch
 */
export async function answerBatch(
  headers: IncomingHttpHeaders,
  body: string,
  answer: (call: BatchCall) => Promise<Reply | undefined>,
): Promise<Reply | undefined> {
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1]
  if (boundary === undefined) {
    return { status: 400, contentType: 'text/plain', body: 'Failed to parse batch request: no boundary\n' }
  }
  const parts = splitParts(body, boundary)
  const replies = await Promise.all(parts.map((part) => answer(readCall(part, headers))))
  const out = 'batch_response'
  const sections = replies.map((reply, index) => {
    const id = String(parts[index]!.headers['content-id'] ?? '').replace(/^</, '<response-')
    return `--${out}\r\nContent-Type: application/http\r\n${id === '' ? '' : `Content-ID: ${id}\r\n`}\r\n${writeReply(reply)}\r\n`
  })
  return { status: 200, contentType: `multipart/mixed; boundary=${out}`, body: `${sections.join('')}--${out}--\r\n` }
}

function splitParts(body: string, boundary: string): Part[] {
  return body
    .split(`--${boundary}`)
    .slice(1)
    .filter((text) => !text.startsWith('--'))
    .map((text) => splitHead(text.replace(/^\r?\n/, '')))
}

function splitHead(text: string): Part {
  const [head = ''] = text.split(/\r?\n\r?\n/, 1)
  const headers = Object.fromEntries(
    head.split(/\r?\n/).map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  return { headers, content: text.slice(head.length).replace(/^\r?\n\r?\n/, '') }
}

/** A call without its own authorization has that of the batch. */
function readCall({ content }: Part, outer: IncomingHttpHeaders): BatchCall {
  const [line = ''] = content.split(/\r?\n/, 1)
  const [verb = 'GET', url = '/'] = line.split(' ')
  const { headers, content: body } = splitHead(content.slice(line.length).replace(/^\r?\n/, ''))
  const { authorization } = outer
  return {
    verb,
    url,
    headers: { ...(authorization !== undefined && { authorization }), ...headers },
    body: body.trim(),
  }
}

function writeReply(reply: Reply | undefined): string {
  const { status, contentType, body } = reply ?? { status: 503, contentType: 'text/plain', body: '' }
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
