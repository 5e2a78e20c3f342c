package seen

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/examples/gateway/config"
)

func TestRatesAreOfTheLastMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rates Rates
		assert.Zero(t, rates.Route("a"))
		r := rates.rate(subject{"route", "a", ""})
		for i := range 100 {
			r.add(time.Duration(i+1)*time.Millisecond, i < 5)
			time.Sleep(100 * time.Millisecond)
		}
		assert.Equal(t, RED{Rate: 10, Errors: 0.05, P99: config.Duration(99 * time.Millisecond)}, rates.Route("a"))
		time.Sleep(55 * time.Second)
		assert.Equal(t, RED{Rate: 50. / 60, P99: config.Duration(100 * time.Millisecond)}, rates.Route("a"), "those before have gone")
		time.Sleep(time.Minute)
		assert.Zero(t, rates.Route("a"))
		for range 5000 {
			time.Sleep(time.Millisecond)
			r.add(time.Millisecond, false)
		}
		assert.Equal(t, RED{Rate: 1000, P99: config.Duration(time.Millisecond)}, rates.Route("a"), "more than it keeps")
		assert.Zero(t, rates.Server("a", ""))
	})
}
