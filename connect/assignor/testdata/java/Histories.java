package org.apache.kafka.connect.runtime.distributed;

import java.util.*;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.runtime.distributed.WorkerCoordinator.ConnectorsAndTasks;
import org.apache.kafka.connect.storage.ClusterConfigState;
import org.apache.kafka.connect.util.ConnectorTaskId;

/**
 * Prints what Java's cooperative leader answers through random histories, one JSON line a round.
 * It lives in Kafka's package because the method it asks is visible only there. See README.md beside it.
 */
public class Histories {
    static long now;

    public static void main(String[] args) {
        int histories = Integer.parseInt(args[0]), rounds = Integer.parseInt(args[1]);
        long seed = Long.parseLong(args[2]);
        Time time = (Time) java.lang.reflect.Proxy.newProxyInstance(Time.class.getClassLoader(), new Class<?>[]{Time.class},
            (p, m, a) -> m.getName().equals("milliseconds") ? now : null);
        int[] delays = {300_000, 0, 10_000, 1000, 37};
        for (int h = 0; h < histories; h++)
            new Histories(h, new Random(seed + h), delays[h % delays.length], time).run(rounds);
    }

    final int history, maxDelay;
    final Random random;
    final Time time;
    final Map<String, List<Object>> members = new LinkedHashMap<>(); // id -> what it runs: String or ConnectorTaskId
    final Map<String, Integer> configured = new TreeMap<>();
    IncrementalCooperativeAssignor leader;
    int generation = 1, completed = -1, names = 0;

    Histories(int history, Random random, int maxDelay, Time time) {
        this.history = history;
        this.random = random;
        this.maxDelay = maxDelay;
        this.time = time;
    }

    void run(int rounds) {
        now = 1_700_000_000_000L;
        boolean fresh = true;
        for (int n = random.nextInt(4); n >= 0; n--) join();
        for (int n = random.nextInt(4); n >= 0; n--) configure();
        for (int i = 0; i < rounds; i++) {
            if (fresh || random.nextInt(20) == 0) {
                leader = new IncrementalCooperativeAssignor(new LogContext(), time, maxDelay);
                completed = random.nextBoolean() ? -1 : completed;
                fresh = true;
            }
            round(fresh);
            fresh = false;
            change();
        }
    }

    void join() { members.put(String.format("connect-%d-%08x", names++, random.nextInt()), new ArrayList<>()); }

    void configure() { configured.put("c" + random.nextInt(6), random.nextInt(9)); }

    <T> T any(Collection<T> c) { return new ArrayList<>(c).get(random.nextInt(c.size())); }

    void change() {
        switch (random.nextInt(12)) {
            case 0: case 1: join(); break;
            case 2: case 3: if (members.size() > 1) members.remove(any(members.keySet())); break;
            case 4: configure(); break;
            case 5: if (!configured.isEmpty()) configured.remove(any(configured.keySet())); break;
            case 6: members.put(any(members.keySet()), new ArrayList<>()); break; // forgot what it ran
            case 7: { // two believe that they run the same
                List<Object> from = members.get(any(members.keySet())), to = members.get(any(members.keySet()));
                if (!from.isEmpty()) { Object x = any(from); if (!to.contains(x)) to.add(x); }
                break;
            }
            case 8: for (int n = random.nextInt(12); n >= 0; n--) join(); break;
            default: break;
        }
        int[] pauses = {1, 50, 2_000, 70_000, 400_000};
        if (random.nextInt(3) > 0) now += pauses[random.nextInt(pauses.length)];
    }

    void round(boolean fresh) {
        Map<String, ConnectorsAndTasks> asked = new HashMap<>();
        String before = json(members);
        members.forEach((id, runs) -> asked.put(id, new ConnectorsAndTasks.Builder().with(
            runs.stream().filter(String.class::isInstance).map(String.class::cast).collect(Collectors.toList()),
            runs.stream().filter(ConnectorTaskId.class::isInstance).map(ConnectorTaskId.class::cast).collect(Collectors.toList())).build()));
        Map<String, Map<String, String>> configs = new HashMap<>();
        configured.keySet().forEach(c -> configs.put(c, Map.of()));
        ClusterConfigState state = new ClusterConfigState(1, null, new HashMap<>(configured), configs, Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), Set.of(), Set.of());
        int last = completed;
        var answer = leader.performTaskAssignment(state, last, generation, asked);
        Map<String, List<Object>> assigned = new LinkedHashMap<>(), revoked = new LinkedHashMap<>();
        for (String id : members.keySet()) {
            assigned.put(id, both(answer.newlyAssignedConnectors(id), answer.newlyAssignedTasks(id)));
            revoked.put(id, both(new TreeSet<>(answer.newlyRevokedConnectors(id)), new TreeSet<>(answer.newlyRevokedTasks(id))));
        }
        System.out.printf("{\"history\":%d,\"fresh\":%b,\"maxDelay\":%d,\"now\":%d,\"last\":%d,\"generation\":%d,\"configured\":%s,\"members\":%s,\"assigned\":%s,\"revoked\":%s,\"delay\":%d}%n",
            history, fresh, maxDelay, now, last, generation, counts(), before, json(assigned), json(revoked), leader.delay);
        if (random.nextInt(10) > 0) { // else the answer is lost
            completed = generation;
            for (String id : members.keySet()) {
                if (random.nextInt(15) == 0) continue; // this member does not hear it
                List<Object> runs = both(List.of(), List.of()), old = members.get(id);
                old.removeAll(revoked.get(id));
                runs.addAll(assigned.get(id));
                runs.addAll(old);
                members.put(id, runs);
            }
        }
        generation++;
    }

    static List<Object> both(Collection<?> a, Collection<?> b) {
        List<Object> all = new ArrayList<>(a);
        all.addAll(b);
        return all;
    }

    String counts() {
        return configured.entrySet().stream().map(e -> "\"" + e.getKey() + "\":" + e.getValue()).collect(Collectors.joining(",", "{", "}"));
    }

    static String json(Map<String, List<Object>> m) {
        return m.entrySet().stream().map(e -> "[\"" + e.getKey() + "\"" + e.getValue().stream().map(x -> ",\"" + x + "\"").collect(Collectors.joining()) + "]")
            .collect(Collectors.joining(",", "[", "]"));
    }
}
