package chromium

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"stoa/journeys"
)

func TestMain(m *testing.M) { journeys.Main(m) }

func TestProbe(t *testing.T) {
	app := journeys.Shared(t)
	fmt.Println(app.Base)
	start := time.Now()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	actx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	bctx, cancel2 := chromedp.NewContext(actx)
	defer cancel2()
	if err := chromedp.Do(bctx); err != nil {
		t.Fatal(err)
	}
	fmt.Println("browser", time.Since(start))
	ctx, cancel3 := chromedp.NewContext(bctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(func(ev any) {
		switch e := ev.(type) {
		case *page.EventFrameNavigated:
			fmt.Println("NAV", e.Frame.URL, e.Type)
		case *page.EventLoadEventFired:
			fmt.Println("LOAD")
		case *page.EventBackForwardCacheNotUsed:
			for _, x := range e.NotRestoredExplanations {
				fmt.Println("NOTUSED", x.Type, x.Reason, x.Context)
			}
		}
	}))
	defer cancel3()
	step := func(what string, a ...chromedp.Action[chromedp.Void]) {
		s := time.Now()
		if err := chromedp.Do(ctx, a...); err != nil {
			t.Fatal(what, err)
		}
		fmt.Println(what, time.Since(s))
	}
	step("open", chromedp.Navigate(app.Base+"/login"))
	axe, _ := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	for _, p := range []string{"/", "/login", "/register", "/docs/api", "/dev/kit"} {
		step(p, chromedp.Navigate(app.Base+p))
		s := time.Now()
		yes := true
		_, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: string(axe), AllowUnsafeEvalBlockedByCSP: &yes})
		fmt.Println("inject", time.Since(s), err)
		for range 3 {
			s = time.Now()
			v, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document,{resultTypes:["violations"],runOnly:{type:"tag",values:["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]}}).then(r=>JSON.stringify(r.violations.map(v=>[v.id,v.nodes.map(n=>n.target+" "+n.failureSummary)])))`, chromedp.EvalAwaitPromise))
			fmt.Println(" axe", time.Since(s), v, err)
		}
	}
	// bfcache
	step("a", chromedp.Navigate(app.Base+"/"))
	step("b", chromedp.Navigate(app.Base+"/register"))
	chromedp.Run(ctx, chromedp.Evaluate[int](`history.back();1`))
	for i := 0; i < 20; i++ {
		v, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href+" "+performance.getEntriesByType("navigation")[0].type`))
		fmt.Println(v, err)
		<-time.After(30 * time.Millisecond)
	}
	// no js
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	step("nojs", chromedp.Navigate(app.Base+"/register"))
	v, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.title+" "+getComputedStyle(document.querySelector(".needs-script")||document.body).display + " " + typeof htmx`))
	fmt.Println(v, err)
	v2, err := chromedp.Run(ctx, chromedp.Evaluate[string](`new Promise(r=>setTimeout(()=>r("timer"),10))`, chromedp.EvalAwaitPromise))
	fmt.Println(v2, err)
	_ = cdp.Empty{}
}
