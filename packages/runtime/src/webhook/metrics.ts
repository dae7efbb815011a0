import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Counts requests to webhooks and looks at their certificate, under controller-runtime's names. */
export interface WebhookMetrics {
  /** A request to the webhook at this path has come; call the result with the HTTP status of the answer. */
  began(path: string): (code: number) => void
  certificateRead(failed: boolean): void
}

/** Seconds; client-go's for work queues, which controller-runtime uses here, too. */
const latencyBuckets = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000]

export function createWebhookMetrics(registry: Registry): WebhookMetrics {
  const registers = [registry]
  const requests = new Counter({
    name: 'controller_runtime_webhook_requests_total',
    help: 'Requests to webhooks by HTTP status',
    labelNames: ['webhook', 'code'],
    registers,
  })
  const latency = new Histogram({
    name: 'controller_runtime_webhook_latency_seconds',
    help: 'Time that the answer of a webhook takes',
    labelNames: ['webhook'],
    buckets: latencyBuckets,
    registers,
  })
  const inFlight = new Gauge({
    name: 'controller_runtime_webhook_requests_in_flight',
    help: 'Requests to webhooks under way',
    labelNames: ['webhook'],
    registers,
  })
  const reads = new Counter({ name: 'certwatcher_read_certificate_total', help: 'Reads of the certificate', registers })
  const failedReads = new Counter({
    name: 'certwatcher_read_certificate_errors_total',
    help: 'Reads of the certificate that failed',
    registers,
  })
  return {
    began(webhook) {
      inFlight.inc({ webhook })
      const observe = latency.startTimer({ webhook })
      return (code) => {
        inFlight.dec({ webhook })
        observe()
        requests.inc({ webhook, code: String(code) })
      }
    },
    certificateRead(failed) {
      reads.inc()
      if (failed) failedReads.inc()
    },
  }
}
