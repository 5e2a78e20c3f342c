package config

// Risk is how requests are judged.
type Risk struct {
	At
	// Lists are files with an address, network or word in each line.
	Lists map[string]string `yaml:"lists" is:"file"`
	// Velocity are counters: how often by what in which time.
	Velocity map[string]*Velocity `yaml:"velocity"`
	// Rules are expressions of CEL, by names that routes use.
	Rules map[string]*Rule `yaml:"rules"`
	// From is the score from which each is done; the highest that applies counts.
	From RiskFrom `yaml:"from"`
	// ThrottleTo is how often a client may that is throttled.
	ThrottleTo Rate `yaml:"throttle_to" default:"10/min"`
	// Key signs what a client gets that has met a challenge: 32 bytes or more, the same in all
	// gateways of a fleet. Without one each gateway makes its own, and takes no other's.
	Key *Secret `yaml:"key" bytes:"32"`
	// DryRun only records what would be done.
	DryRun bool `yaml:"dry_run"`
}

// RiskFrom are the scores of the actions, of 100.
type RiskFrom struct {
	Throttle  int `yaml:"throttle" min:"1" max:"1000" default:"30"`
	Challenge int `yaml:"challenge" min:"1" max:"1000" default:"60"`
	Deny      int `yaml:"deny" min:"1" max:"1000" default:"90"`
}

// Velocity counts requests.
type Velocity struct {
	At
	// By is what is counted for itself: address, user, or header:NAME.
	By string `yaml:"by" is:"key" default:"address"`
	// Of is all, or failures: answers of 401 and 403, failed log-ins that is.
	Of  string   `yaml:"of" oneof:"all failures" default:"all"`
	Per Duration `yaml:"per" min:"1s" default:"1m"`
}

// Rule adds to the score of a request where its expression is true.
type Rule struct {
	At
	// When is CEL, which counts as true where it cannot be evaluated, over address, method, host, path, agent, user, velocity.NAME, and lists: address in lists.NAME, agent.mentions(lists.NAME).
	When  string `yaml:"when,required"`
	Score int    `yaml:"score" min:"1" max:"1000" default:"50"`
}
