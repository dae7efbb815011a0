package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const finalizer = "example.com/controller"

// widgetReconciler keeps a ConfigMap for each Widget and reports in its status.
type widgetReconciler struct {
	client.Client
	finalized func(string)
}

func (r *widgetReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var widget Widget
	if err := r.Get(ctx, request.NamespacedName, &widget); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !widget.DeletionTimestamp.IsZero() {
		if controllerutil.RemoveFinalizer(&widget, finalizer) {
			r.finalized(widget.Name)
			return ctrl.Result{}, r.Update(ctx, &widget)
		}
		return ctrl.Result{}, nil
	}
	if controllerutil.AddFinalizer(&widget, finalizer) {
		return ctrl.Result{}, r.Update(ctx, &widget)
	}
	owned := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: widget.Namespace, Name: widget.Name}}
	_, err := controllerutil.CreateOrUpdate(ctx, r.Client, owned, func() error {
		owned.Data = map[string]string{"size": strconv.FormatInt(widget.Spec.Size, 10)}
		return controllerutil.SetControllerReference(&widget, owned, r.Scheme())
	})
	if err != nil {
		return ctrl.Result{}, err
	}
	before := widget.DeepCopyObject().(*Widget)
	widget.Status.ObservedSize = widget.Spec.Size
	meta.SetStatusCondition(&widget.Status.Conditions, metav1.Condition{
		Type: "Ready", Status: metav1.ConditionTrue, Reason: "Kept", ObservedGeneration: widget.Generation,
	})
	return ctrl.Result{}, r.Status().Patch(ctx, &widget, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
}

type controllerFacts struct {
	Ready      bool   `json:"ready"`
	Sizes      []int  `json:"sizes"`
	Restored   string `json:"restored"`
	Generation int64  `json:"generation"`
	Finalized  string `json:"finalized"`
	Collected  bool   `json:"collected"`
}

// runController runs a manager with leader election and one controller through the life of a Widget. The argument says
// whether somebody collects what the Widget leaves behind.
func runController(ctx context.Context, config *rest.Config, args []string) (any, error) {
	logf.SetLogger(zap.New(zap.WriteTo(discard{})))
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	widgetScheme(scheme)
	const namespace = "controller"
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                        scheme,
		Metrics:                       server.Options{BindAddress: "0"},
		LeaderElection:                true,
		LeaderElectionID:              "widgets",
		LeaderElectionNamespace:       "default",
		LeaderElectionReleaseOnCancel: true,
	})
	if err != nil {
		return nil, err
	}
	var facts controllerFacts
	finalized := make(chan string, 1)
	reconciler := &widgetReconciler{manager.GetClient(), func(name string) {
		select {
		case finalized <- name:
		default:
		}
	}}
	err = ctrl.NewControllerManagedBy(manager).For(&Widget{}).Owns(&corev1.ConfigMap{}).Complete(reconciler)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(running) }()

	// Reads past the cache: what the server says.
	direct, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, err
	}
	if err := lifeOfAWidget(ctx, direct, namespace, args[0] == "true", &facts); err != nil {
		return nil, err
	}
	facts.Finalized = <-finalized
	stop()
	return &facts, <-ended
}

func lifeOfAWidget(ctx context.Context, direct client.Client, namespace string, collects bool, facts *controllerFacts) error {
	if err := direct.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}); err != nil {
		return err
	}
	widget := &Widget{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "first"}, Spec: WidgetSpec{Size: 1}}
	key := client.ObjectKeyFromObject(widget)
	if err := direct.Create(ctx, widget); err != nil {
		return err
	}
	observed := func(size int64) error {
		return eventually(ctx, fmt.Sprintf("observed size %d", size), func() (bool, error) {
			err := direct.Get(ctx, key, widget)
			return widget.Status.ObservedSize == size && meta.IsStatusConditionTrue(widget.Status.Conditions, "Ready"), err
		})
	}
	if err := observed(1); err != nil {
		return err
	}
	facts.Ready = true
	facts.Sizes = append(facts.Sizes, int(widget.Status.ObservedSize))

	patch := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"size":2},"status":{"observedSize":99}}`))
	if err := direct.Patch(ctx, widget, patch); err != nil {
		return err
	}
	if err := observed(2); err != nil {
		return err
	}
	facts.Sizes = append(facts.Sizes, int(widget.Status.ObservedSize))
	facts.Generation = widget.Generation

	// Owned objects come back when somebody deletes them.
	owned := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "first"}}
	if err := direct.Delete(ctx, owned); err != nil {
		return err
	}
	err := eventually(ctx, "restored", func() (bool, error) {
		err := direct.Get(ctx, key, owned)
		return err == nil, client.IgnoreNotFound(err)
	})
	if err != nil {
		return err
	}
	facts.Restored = owned.Data["size"]

	if err := direct.Delete(ctx, widget, client.PropagationPolicy(metav1.DeletePropagationBackground)); err != nil {
		return err
	}
	return eventually(ctx, "collected", func() (bool, error) {
		widgetErr := direct.Get(ctx, key, widget)
		ownedErr := direct.Get(ctx, key, owned)
		facts.Collected = apierrors.IsNotFound(ownedErr)
		return apierrors.IsNotFound(widgetErr) && facts.Collected == collects, nil
	})
}

func eventually(ctx context.Context, what string, condition func() (bool, error)) error {
	err := wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
		return condition()
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

type discard struct{}

func (discard) Write(line []byte) (int, error) { return len(line), nil }
