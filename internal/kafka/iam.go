package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-msk-iam-sasl-signer-go/signer"
	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	awscreds "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/twmb/franz-go/pkg/sasl"
)

// iam is AWS_MSK_IAM. Only AWS's Java library speaks the mechanism of that
// name; everybody else presents the same signature as an OAUTHBEARER token,
// which MSK takes on the same port.
type iam struct {
	profile, role, session, externalID, stsRegion string
	accessKey                                     string
	secretKey, sessionToken                       secret

	mu    sync.Mutex
	creds aws.CredentialsProvider // nil until first needed; caches by itself
}

// parseIAM reads the options of AWS's IAMLoginModule, all of them optional.
func parseIAM(e *jaasEntry, bad *problems) credentials {
	o := e.options
	c := &iam{
		profile: o["awsProfileName"], role: o["awsRoleArn"], session: o["awsRoleSessionName"],
		externalID: o["awsRoleExternalId"], stsRegion: o["awsStsRegion"],
		accessKey: o["awsRoleAccessKeyId"], secretKey: secret(o["awsRoleSecretAccessKey"]),
		sessionToken: secret(o["awsRoleSessionToken"]),
	}
	if (c.accessKey == "") != (c.secretKey == "") {
		bad.add(keyJAAS, "", "awsRoleAccessKeyId and awsRoleSecretAccessKey go together", "give both or none")
	}
	if c.role != "" && !strings.HasPrefix(c.role, "arn:") {
		bad.add(keyJAAS, "", "option awsRoleArn is not an ARN", "write arn:aws:iam::<account>:role/<name>")
	}
	return c
}

func (*iam) name() string                { return mechIAM }
func (c *iam) mechanism() sasl.Mechanism { return bearerMechanism{c} }
func (*iam) librdkafka(conf rdConf)      { presentTokens(conf) }

// token signs anew each time: that takes no network while the credentials last,
// and those are cached.
func (c *iam) token(ctx context.Context, host string) (bearerToken, error) {
	region, err := c.region(host)
	if err != nil {
		return bearerToken{}, err
	}
	creds, err := c.credentials(ctx, region)
	if err != nil {
		return bearerToken{}, err
	}
	value, expires, err := signer.GenerateAuthTokenFromCredentialsProvider(ctx, region, creds)
	if err != nil {
		return bearerToken{}, fmt.Errorf("signing in to MSK in %s: %w", region, err)
	}
	return bearerToken{value: secret(value), principal: "kafka-cluster", expires: time.UnixMilli(expires)}, nil
}

// region to sign for: the brokers' own, which their names tell; behind names of
// one's own, the environment's.
func (c *iam) region(host string) (string, error) {
	if r := regionOfHost(host); r != "" {
		return r, nil
	}
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if r := os.Getenv(name); r != "" {
			return r, nil
		}
	}
	if c.stsRegion != "" && c.stsRegion != "aws-global" {
		return c.stsRegion, nil
	}
	return "", errors.New("the broker's name does not tell its AWS region; set the environment variable AWS_REGION, or awsStsRegion in " + keyJAAS)
}

// regionOfHost finds the region in names such as
// b-1.orders.abc123.c2.kafka.eu-west-1.amazonaws.com and
// boot-abc.c1.kafka-serverless.eu-west-1.amazonaws.com.
func regionOfHost(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	labels := strings.Split(strings.TrimSuffix(strings.ToLower(host), "."), ".")
	for i, l := range labels {
		if (l == "kafka" || l == "kafka-serverless") && i+2 < len(labels) &&
			(labels[i+2] == "amazonaws" || labels[i+2] == "api") {
			return labels[i+1]
		}
	}
	return ""
}

// credentials finds, once, who is signing.
func (c *iam) credentials(ctx context.Context, region string) (aws.CredentialsProvider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.creds != nil {
		return c.creds, nil
	}
	opts := []func(*awsconfig.LoadOptions) error{awsconfig.WithRegion(c.regionForSTS(region))}
	if c.profile != "" {
		opts = append(opts, awsconfig.WithSharedConfigProfile(c.profile))
	}
	if c.accessKey != "" {
		opts = append(opts, awsconfig.WithCredentialsProvider(
			awscreds.NewStaticCredentialsProvider(c.accessKey, c.secretKey.Reveal(), c.sessionToken.Reveal())))
	}
	conf, err := awsconfig.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("finding AWS credentials: %w", err)
	}
	c.creds = conf.Credentials
	if c.role != "" {
		c.creds = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(conf), c.role, c.describeSession))
	}
	return c.creds, nil
}

func (c *iam) regionForSTS(region string) string {
	if c.stsRegion != "" && c.stsRegion != "aws-global" {
		return c.stsRegion
	}
	return region
}

func (c *iam) describeSession(o *stscreds.AssumeRoleOptions) {
	o.RoleSessionName = "crosstide"
	if c.session != "" {
		o.RoleSessionName = c.session
	}
	if c.externalID != "" {
		o.ExternalID = aws.String(c.externalID)
	}
}
