// A worker that passes encoded frames on as they are and tells the page about each.

onrtctransform = ({ transformer }) => {
  const { kind } = transformer.options;
  const tap = new TransformStream({
    transform(frame, controller) {
      const data = frame.data.slice(0);
      const { rtpTimestamp, payloadType } = frame.getMetadata();
      const key = kind === "audio" || frame.type === "key";
      postMessage({ kind, key, rtp: rtpTimestamp, payloadType, data }, [data]);
      controller.enqueue(frame);
    },
  });
  transformer.readable.pipeThrough(tap).pipeTo(transformer.writable);
};

// The answer comes after everything that was told before.
onmessage = () => postMessage({});
