/** Asks somebody outside, such as a webhook. */
export type Question = () => Promise<unknown>

/** Thrown by work that cannot go on without answers from outside. */
export class Waiting extends Error {
  override readonly name = 'Waiting'
  readonly questions: ReadonlyMap<string, Question>

  constructor(questions: ReadonlyMap<string, Question>) {
    super('an answer from outside is needed')
    this.questions = questions
  }
}

type Answer = { readonly value: unknown } | { readonly error: unknown }

/** More questions than this for one request are a sign that it never ends. */
const mostRounds = 200

/**
 * What one request has learnt from outside. Work on a request is synchronous, so that nobody sees it half done, and
 * changes nothing before its end; so where an answer is missing it is broken off and begun again, on the state of then,
 * when the answer is there. Questions are known by a key that has all that the answer depends on.
 */
export class Outside {
  readonly #answers = new Map<string, Answer>()

  /** @throws Waiting when the answer is not there yet; whatever the question itself was rejected with. */
  ask(key: string, question: Question): unknown {
    this.need([[key, question]])
    const answer = this.#answers.get(key)
    if (answer !== undefined && 'error' in answer) throw answer.error
    return answer?.value
  }

  /**
   * Asks several at once, for the answers to be there when each is asked.
   *
   * @throws Waiting
   */
  need(questions: readonly (readonly [string, Question])[]): void {
    const open = new Map(questions.filter(([key]) => !this.#answers.has(key)))
    if (open.size > 0) throw new Waiting(open)
  }

  /** Runs `work` as often as it takes. */
  async complete<T>(work: () => T): Promise<T> {
    for (let round = 0; ; round += 1) {
      try {
        return work()
      } catch (error) {
        if (!(error instanceof Waiting) || round === mostRounds) throw error
        this.#giveUpOn(error)
        await Promise.all([...error.questions].map(([key, question]) => this.#answer(key, question)))
      }
    }
  }

  /** A question that could not be answered once is not asked again. */
  #giveUpOn({ questions }: Waiting): void {
    for (const key of questions.keys()) {
      const answer = this.#answers.get(key)
      if (answer !== undefined && 'error' in answer) throw answer.error
    }
  }

  async #answer(key: string, question: Question): Promise<void> {
    try {
      this.#answers.set(key, { value: await question() })
    } catch (error) {
      this.#answers.set(key, { error })
    }
  }
}
