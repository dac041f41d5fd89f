import java.util.*;
import java.util.concurrent.*;
import java.time.Duration;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.*;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.*;

/** Writes the captured topics with Java's producer, then prints what Java's consumer reads of them, one JSON line a record. */
public class Capture {
  static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};
  static String servers;

  static Properties props(String... kv) {
    Properties p = new Properties();
    p.put("bootstrap.servers", servers);
    for (int i = 0; i < kv.length; i += 2) p.put(kv[i], kv[i + 1]);
    return p;
  }

  static Producer<byte[], byte[]> producer(String... kv) {
    return new KafkaProducer<>(props(kv), new ByteArraySerializer(), new ByteArraySerializer());
  }

  static byte[] b(String s) { return s == null ? null : s.getBytes(java.nio.charset.StandardCharsets.UTF_8); }

  static ProducerRecord<byte[], byte[]> record(String topic, long ts, String key, String value, Header... headers) {
    return new ProducerRecord<>(topic, 0, ts, b(key), b(value), Arrays.asList(headers));
  }

  static void mixed(Producer<byte[], byte[]> p, String topic, int n) {
    for (int i = 0; i < n; i++) {
      String value = "value " + i + " " + "abc".repeat(i % 50);
      long ts = 1700000000000L + (i * 37 % 11) * 1000;
      switch (i % 5) {
        case 0 -> p.send(record(topic, ts, "key-" + i, value));
        case 1 -> p.send(record(topic, ts, null, value));
        case 2 -> p.send(record(topic, ts, "key-" + i, null));
        case 3 -> p.send(record(topic, ts, "", ""));
        case 4 -> p.send(record(topic, ts, "key-" + i, value, new RecordHeader("h", b("v")), new RecordHeader("h", (byte[]) null), new RecordHeader("", new byte[0])));
      }
    }
    p.flush();
  }

  static void write() throws Exception {
    try (Admin admin = Admin.create(props())) {
      List<NewTopic> topics = new ArrayList<>();
      for (String c : CODECS) topics.add(new NewTopic("java-" + c, 1, (short) 1).configs(Map.of("retention.ms", "-1")));
      topics.add(new NewTopic("java-transactions", 1, (short) 1).configs(Map.of("retention.ms", "-1")));
      topics.add(new NewTopic("java-logappendtime", 1, (short) 1).configs(Map.of("message.timestamp.type", "LogAppendTime", "retention.ms", "-1")));
      topics.add(new NewTopic("java-logappendtime-lz4", 1, (short) 1).configs(Map.of("message.timestamp.type", "LogAppendTime", "retention.ms", "-1")));
      topics.add(new NewTopic("java-recompressed", 1, (short) 1).configs(Map.of("compression.type", "snappy", "retention.ms", "-1")));
      for (String t : List.of("java-compacted", "java-compacted-zstd"))
        topics.add(new NewTopic(t, 1, (short) 1).configs(Map.of("cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.001",
            "segment.ms", "1000", "delete.retention.ms", "864000000")));
      admin.createTopics(topics).all().get();
    }
    for (String c : CODECS)
      try (var p = producer("compression.type", c, "linger.ms", "50", "batch.size", "4096")) { mixed(p, "java-" + c, 60); mixed(p, "java-" + c, 1); }
    try (var p = producer("linger.ms", "50")) { mixed(p, "java-logappendtime", 12); mixed(p, "java-recompressed", 40); }
    try (var p = producer("linger.ms", "50", "compression.type", "lz4")) { mixed(p, "java-logappendtime-lz4", 12); }
    try (var p = producer("linger.ms", "50", "transactional.id", "capture")) {
      p.initTransactions();
      p.beginTransaction(); mixed(p, "java-transactions", 5); p.commitTransaction();
      p.beginTransaction(); mixed(p, "java-transactions", 3); p.abortTransaction();
      p.beginTransaction(); mixed(p, "java-transactions", 2); p.commitTransaction();
    }
    for (String c : List.of("none", "zstd"))
      try (var p = producer("linger.ms", "50", "compression.type", c)) {
        String topic = c.equals("none") ? "java-compacted" : "java-compacted-" + c;
        for (int round = 0; round < 6; round++) {
          for (int i = 0; i < 20; i++)
            if (i % 6 >= round || i == 19) p.send(record(topic, 1700000000000L + round * 1000 + i, "key-" + i, round == 3 && i % 2 == 0 ? null : "round " + round + " " + i));
          p.flush();
          Thread.sleep(1200); // segment.ms: the next append rolls
        }
      }
  }

  static String q(byte[] b) { return b == null ? "null" : "\"" + Base64.getEncoder().encodeToString(b) + "\""; }

  static void read(String topic) {
    try (var c = new KafkaConsumer<>(props(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition tp = new TopicPartition(topic, 0);
      c.assign(List.of(tp));
      c.seekToBeginning(List.of(tp));
      long end = c.endOffsets(List.of(tp)).get(tp);
      while (c.position(tp) < end)
        for (var r : c.poll(Duration.ofMillis(200))) {
          StringJoiner headers = new StringJoiner(",", "[", "]");
          for (Header h : r.headers()) headers.add("{\"key\":" + q(b(h.key())) + ",\"value\":" + q(h.value()) + "}");
          System.out.println("{\"topic\":\"" + topic + "\",\"offset\":" + r.offset() + ",\"timestamp\":" + r.timestamp()
              + ",\"key\":" + q(r.key()) + ",\"value\":" + q(r.value()) + ",\"headers\":" + headers + "}");
        }
    }
  }

  public static void main(String[] args) throws Exception {
    servers = args[0];
    if (args[1].equals("write")) write();
    else for (int i = 2; i < args.length; i++) read(args[i]);
  }
}
