package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	bootstrapv1beta1 "sigs.k8s.io/cluster-api/api/bootstrap/kubeadm/v1beta1"
	bootstrapv1 "sigs.k8s.io/cluster-api/api/bootstrap/kubeadm/v1beta2"
	clusterv1beta1 "sigs.k8s.io/cluster-api/api/core/v1beta1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	bootstrapadmission "sigs.k8s.io/cluster-api/bootstrap/kubeadm/webhooks/admission"
	"sigs.k8s.io/cluster-api/core/webhooks/admission"
	"sigs.k8s.io/cluster-api/core/webhooks/conversion"
	"sigs.k8s.io/cluster-api/feature"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// webhooks are upstream's, as its managers register them, without a listener.
type webhooks struct {
	mux    *http.ServeMux
	scheme *runtime.Scheme
}

func newWebhooks() (*webhooks, error) {
	log.SetLogger(logr.Discard())
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clusterv1.AddToScheme, clusterv1beta1.AddToScheme, bootstrapv1.AddToScheme, bootstrapv1beta1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	conversion.SetAPIVersionGetter(func(_ context.Context, kind schema.GroupKind) (string, error) {
		return schema.GroupVersion{Group: kind.Group, Version: "v1beta1"}.String(), nil
	})
	// Nothing is ever read from this address: these webhooks look at the objects they are given alone.
	manager, err := ctrl.NewManager(&rest.Config{Host: "http://127.0.0.1:1"}, ctrl.Options{
		Scheme:  scheme,
		Metrics: server.Options{BindAddress: "0"},
		MapperProvider: func(*rest.Config, *http.Client) (meta.RESTMapper, error) {
			return meta.NewDefaultRESTMapper(nil), nil
		},
	})
	if err != nil {
		return nil, err
	}
	for _, setUp := range []func(ctrl.Manager) error{
		(&admission.MachinePool{}).SetupWebhookWithManager,
		(&admission.Machine{}).SetupWebhookWithManager,
		(&bootstrapadmission.KubeadmConfig{}).SetupWebhookWithManager,
		func(m ctrl.Manager) error {
			return ctrl.NewWebhookManagedBy(m, &clusterv1.Cluster{}).WithConverter(conversion.Cluster).Complete()
		},
	} {
		if err := setUp(manager); err != nil {
			return nil, err
		}
	}
	return &webhooks{mux: manager.GetWebhookServer().WebhookMux(), scheme: scheme}, nil
}

// call sends a review to the webhook at a path.
func (w *webhooks) call(path string, review json.RawMessage) (any, error) {
	asked := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(review))
	asked.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	w.mux.ServeHTTP(recorder, asked)
	if recorder.Code != http.StatusOK {
		return nil, fmt.Errorf("%s: HTTP %d %s", path, recorder.Code, recorder.Body.String())
	}
	return json.RawMessage(bytes.TrimSpace(recorder.Body.Bytes())), nil
}

func setGates(gates map[string]bool) error {
	return feature.MutableGates.SetFromMap(gates)
}

// normalise reads an object into its type and writes it again.
func (w *webhooks) normalise(raw json.RawMessage) (any, error) {
	decoder := serializer.NewCodecFactory(w.scheme).UniversalDeserializer()
	object, _, err := decoder.Decode(raw, nil, nil)
	return object, err
}
