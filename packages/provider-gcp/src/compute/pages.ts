import type { AnswerOf, MethodName } from './methods.ts'
import type { CallParameters, GcpProject } from './project.ts'

interface Page {
  readonly nextPageToken?: string
}

/** Methods that answer in pages. */
type PagedName = { [M in MethodName]: AnswerOf<M> extends Page ? M : never }[MethodName]

/** Pages until the end, also where the API promises a single one: some groups page, some do not. */
export async function* pages<M extends PagedName>(
  project: GcpProject,
  method: M,
  parameters: CallParameters<M>,
  signal: AbortSignal,
): AsyncGenerator<AnswerOf<M>> {
  let pageToken: string | undefined
  do {
    const query = { maxResults: '500', ...parameters.query, pageToken }
    const answer = await project.call(method, { ...parameters, query }, signal)
    yield answer
    pageToken = (answer as Page).nextPageToken
  } while (pageToken !== undefined && pageToken !== '')
}
