// Command go-upstream answers requests, one JSON object a line on standard input, with what Cluster API's own code says:
// its conversion and admission webhooks, its kubeadm types and its templates of bootstrap data. The answers are one JSON
// object a line on standard output.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// request names exactly one thing to do.
type request struct {
	// Review is sent to the webhook at Path.
	Path   string          `json:"path,omitempty"`
	Review json.RawMessage `json:"review,omitempty"`
	// Render makes the bootstrap data of a worker.
	Render *renderInput `json:"render,omitempty"`
	// Normalise is an object to be read into its type and written again.
	Normalise json.RawMessage `json:"normalise,omitempty"`
	// Ignition is a configuration to be validated.
	Ignition string `json:"ignition,omitempty"`
	// Gates are feature gates to set from here on.
	Gates map[string]bool `json:"gates,omitempty"`
}

type answer struct {
	Value any    `json:"value"`
	Error string `json:"error,omitempty"`
}

func main() {
	webhooks, err := newWebhooks()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		value, err := handle(webhooks, lines.Bytes())
		result := answer{Value: value}
		if err != nil {
			result = answer{Error: err.Error()}
		}
		if err := out.Encode(result); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func handle(webhooks *webhooks, line []byte) (any, error) {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	switch {
	case asked.Render != nil:
		return render(asked.Render)
	case asked.Normalise != nil:
		return webhooks.normalise(asked.Normalise)
	case asked.Ignition != "":
		return ignitionReport(asked.Ignition)
	case asked.Gates != nil:
		return nil, setGates(asked.Gates)
	default:
		return webhooks.call(asked.Path, asked.Review)
	}
}
