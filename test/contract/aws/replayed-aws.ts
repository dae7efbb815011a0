import nock from 'nock'

import { findMistakes, readModel, writeAnswer } from './service-model.ts'

/** A request as it came over the wire. */
export interface ReceivedCall {
  readonly operation: string
  readonly form: URLSearchParams
}

/** An error as AWS answers it. */
export class AwsRefusal {
  readonly status: number
  readonly code: string
  readonly message: string

  constructor(status: number, code: string, message: string) {
    this.status = status
    this.code = code
    this.message = message
  }
}

/** The answer of one operation: parsed form, raw XML, or a refusal. */
export type Answer = object | string | AwsRefusal
export type Script = Readonly<Record<string, (form: URLSearchParams) => Answer>>

export interface ReplayedAws {
  readonly calls: ReceivedCall[]
  /** Operations in the order they came. */
  operations(): readonly string[]
  /** What the official models object to in the requests that came. */
  mistakes(): readonly string[]
}

const services = ['autoscaling', 'ec2'] as const

/** Answers the SDK's requests from a script, with the network locked: a request without an answer fails. */
export function replayAws(script: Script, region = 'us-east-1'): ReplayedAws {
  const calls: ReceivedCall[] = []
  const mistakes: string[] = []
  nock.disableNetConnect()
  for (const service of services) {
    const model = readModel(service)
    nock(`https://${service}.${region}.amazonaws.com`)
      .persist()
      .post('/')
      .reply(async (request: Request) => {
        const form = new URLSearchParams(await request.text())
        const operation = form.get('Action') ?? ''
        calls.push({ operation, form })
        mistakes.push(...findMistakes(model, operation, form))
        const answer = script[operation]?.(form)
        if (answer === undefined) throw new Error(`no answer for ${operation}`)
        if (answer instanceof AwsRefusal) return [answer.status, refusal(service, answer)]
        return [200, typeof answer === 'string' ? answer : writeAnswer(model, operation, answer)]
      })
  }
  return { calls, operations: () => calls.map(({ operation }) => operation), mistakes: () => mistakes }
}

function refusal(service: (typeof services)[number], { code, message }: AwsRefusal): string {
  if (service === 'ec2') {
    return `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>r-1</RequestID></Response>`
  }
  return `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`
}

/** Restores the network; for `afterEach`. */
export function endReplay(): void {
  nock.cleanAll()
  nock.enableNetConnect()
}
