package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

type watchListFacts struct {
	Cached int `json:"cached"`
	// Requests for Secrets by how they read: in one answer, as a stream that begins with the present state, or what is new.
	Lists   int `json:"lists"`
	Streams int `json:"streams"`
	Watches int `json:"watches"`
}

type countingTransport struct {
	next  http.RoundTripper
	count func(*http.Request)
}

func (t *countingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	t.count(request)
	return t.next.RoundTrip(request)
}

// runWatchList syncs an informer of 300 Secrets. Whether it streams them or lists them is the business of client-go's
// feature gate WatchListClient, which the environment sets.
func runWatchList(ctx context.Context, config *rest.Config, args []string) (any, error) {
	namespace := args[0]
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	if err := createNamespace(ctx, client, namespace); err != nil {
		return nil, err
	}
	const count = 300
	for i := range count {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("secret-%d", i)}}
		if _, err := client.CoreV1().Secrets(namespace).Create(ctx, secret, metav1.CreateOptions{}); err != nil {
			return nil, err
		}
	}

	var mutex sync.Mutex
	var facts watchListFacts
	counted := rest.CopyConfig(config)
	counted.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return &countingTransport{next, func(request *http.Request) {
			query := request.URL.Query()
			mutex.Lock()
			defer mutex.Unlock()
			switch {
			case query.Get("watch") != "true" && query.Get("watch") != "1":
				facts.Lists++
			case query.Get("sendInitialEvents") == "true":
				facts.Streams++
			default:
				facts.Watches++
			}
		}}
	})
	countedClient, err := kubernetes.NewForConfig(counted)
	if err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(countedClient, 0, informers.WithNamespace(namespace))
	informer := factory.Core().V1().Secrets().Informer()
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return nil, fmt.Errorf("the informer did not sync: %+v", facts)
	}
	// One more proves that the stream goes on after the first state.
	late := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "late"}}
	if _, err := client.CoreV1().Secrets(namespace).Create(ctx, late, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	err = wait.PollUntilContextCancel(ctx, 10*time.Millisecond, true, func(context.Context) (bool, error) {
		_, found, err := informer.GetStore().GetByKey(namespace + "/late")
		return found, err
	})
	if err != nil {
		return nil, err
	}
	mutex.Lock()
	defer mutex.Unlock()
	facts.Cached = len(informer.GetStore().ListKeys())
	return &facts, nil
}
