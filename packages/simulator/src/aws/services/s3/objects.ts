import type { Reply } from '../../../listener.ts'
import type { Region } from '../../region.ts'

/** A request of S3's REST protocol, path-style. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export interface ObjectRequest {
  readonly method: string
  readonly bucket: string
  readonly key: string
  readonly body: string
}

export const objectOperations: Readonly<Record<string, string>> = {
  PUT: 'PutObject',
  GET: 'GetObject',
  HEAD: 'HeadObject',
  DELETE: 'DeleteObject',
}

export function readObjectRequest(method: string, url: string, body: string): ObjectRequest {
  const path = decodeURIComponent(new URL(url, 'http://localhost').pathname).slice(1)
  const slash = path.indexOf('/')
  return slash < 0
    ? { method, bucket: path, key: '', body }
    : { method, bucket: path.slice(0, slash), key: path.slice(slash + 1), body }
}

/** Puts, reads and deletes objects. Every bucket exists. */
export function answerObjectRequest({ s3 }: Region, { method, bucket, key, body }: ObjectRequest): Reply {
  const name = `${bucket}/${key}`
  switch (method) {
    case 'PUT':
      s3.put(name, { name, body })
      return { status: 200, contentType: 'application/xml', body: '' }
    case 'GET':
    case 'HEAD': {
      const found = s3.get(name)
      if (!found) return objectError(404, 'NoSuchKey', 'The specified key does not exist.')
      return { status: 200, contentType: 'binary/octet-stream', body: method === 'GET' ? found.body : '' }
    }
    case 'DELETE':
      s3.delete(name)
      return { status: 204, contentType: 'application/xml', body: '' }
    default:
      return objectError(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.')
  }
}

export function objectError(status: number, code: string, message: string): Reply {
  return {
    status,
    contentType: 'application/xml',
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  }
}
