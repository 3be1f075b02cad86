package admin

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// smallestBurst lets callers of a command with a low limit (get_appid_group_list: 1 a
// second) read some pages without waiting. A choice; the long-term rate is that of
// spec/02 §5.
const smallestBurst = 10

// limits keeps the rate of each command of each app. The zero value is ready.
// It holds one small entry per app and command that was ever called.
type limits struct {
	all sync.Map // limitKey → *limit
}

type limitKey struct {
	app     chat.AppID
	command *api.Command
}

// limit is a limiter and the rate it was made for.
type limit struct {
	perSecond int
	limiter   *rate.Limiter
}

// allow takes one call from the allowance of a command.
func (l *limits) allow(app *chat.App, c *api.Command, now time.Time) bool {
	n := rateOf(app, c)
	if n <= 0 {
		return true
	}
	key := limitKey{app.ID, c}
	have, ok := l.all.Load(key)
	if !ok || have.(*limit).perSecond != n { // new, or the app's settings have changed
		have = &limit{n, rate.NewLimiter(rate.Limit(n), max(n, smallestBurst))}
		if ok {
			l.all.Store(key, have)
		} else {
			have, _ = l.all.LoadOrStore(key, have)
		}
	}
	return have.(*limit).limiter.AllowN(now, 1)
}

// rateOf is an app's limit for a command in calls a second: the app's general limit, or
// the command's own limit, scaled as the app's general limit is to the default. 0 or
// less: no limit.
func rateOf(app *chat.App, c *api.Command) int {
	n := app.Limits.CommandRate
	if n <= 0 || c.Rate == 0 {
		return n
	}
	return max(1, c.Rate*n/chat.DefaultLimits.CommandRate)
}
