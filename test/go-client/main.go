// Command go-client runs one scenario against the API server of KUBECONFIG and prints what it saw as one line of JSON.
// The tests that start it decide whether that is right.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

type scenario func(ctx context.Context, config *rest.Config, args []string) (any, error)

var scenarios = map[string]scenario{
	"informers":  runInformers,
	"apply":      runApply,
	"elect":      runElect,
	"handover":   runHandover,
	"watch-list": runWatchList,
	"controller": runController,
	"soak":       runSoak,
	"autoscaler": runAutoscaler,
	"kstatus":    runKstatus,
	"visit":      runVisit,
}

// longest is how long a scenario may take before it is given up.
const longest = 2 * time.Minute

func main() {
	if len(os.Args) < 2 || scenarios[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: go-client informers|apply|elect|handover|watch-list|controller|soak|autoscaler|kstatus|visit [argument...]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

func run(name string, args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	// As kubectl reads it: KUBECONFIG may name several files.
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	if err != nil {
		return err
	}
	// The client's own throttling would only make the scenarios slow.
	config.QPS = -1
	config.UserAgent = "go-client"
	facts, err := scenarios[name](ctx, config, args)
	if err != nil {
		return err
	}
	return report("done", facts)
}

// report prints one line that a test can wait for.
func report(event string, facts any) error {
	line, err := json.Marshal(map[string]any{"event": event, "facts": facts})
	if err != nil {
		return err
	}
	_, err = fmt.Println(string(line))
	return err
}
