package main

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"context"

	"github.com/botswain/botswain/app/e2e/axe"
)

// TestGalleryIsAccessible looks at all components with axe-core, in both themes, wide and narrow.
func TestGalleryIsAccessible(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(handler())
	t.Cleanup(server.Close)
	alloc, cancelAlloc := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox,
		chromedp.Flag("force-prefers-reduced-motion", true), chromedp.UserDataDir(t.TempDir()))...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() { chromedp.Cancel(ctx); cancel(); cancelAlloc() })
	ctx, limit := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(limit)
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	do(chromedp.Navigate(server.URL + "/"))
	run(t, ctx, axe.Source+"\n;true")
	for _, width := range []int64{1440, 390} {
		for _, theme := range []string{"dark", "light"} {
			do(chromedp.EmulateViewport(width, 900), chromedp.Func(func(c context.Context, _ *chromedp.Target) error {
				_, err := chromedp.Call(c, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
				return err
			}))
			run(t, ctx, axe.Run)
			found := wait(t, ctx, "window.axeFound")
			var list []axe.Violation
			if err := json.Unmarshal([]byte(found), &list); err != nil {
				t.Fatal(err)
			}
			for _, v := range list {
				t.Errorf("%d, %s: %s", width, theme, v)
			}
		}
	}
	do(chromedp.EmulateViewport(320, 640))
	if wide := wait(t, ctx, "String(document.documentElement.scrollWidth)"); wide != "320" {
		t.Errorf("%s px wide at 320", wide)
	}
}

func run(t *testing.T, ctx context.Context, expr string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expr)); err != nil {
		t.Fatal(err)
	}
}

// wait gives the value of an expression once it has one.
func wait(t *testing.T, ctx context.Context, expr string) string {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if v, err := chromedp.Run(ctx, chromedp.Evaluate[string](expr+" ?? ''")); err != nil {
			t.Fatalf("%s: %v", expr, err)
		} else if v != "" {
			return v
		}
		<-tick.C
	}
}
